//! A run whose model learns from a teacher.

use std::path::{Path, PathBuf};

use burn::tensor::Device;
use embert_checkpoint::{CONFIG_FILE, LoadReport, Weights, examine, from_pretrained, has_head, read_config};
use embert_core::{ComputeType, FamilyConfig, ForInference, Inference};
use embert_objectives::losses::{Distillation, LayerMap};
use embert_train::Distil;
use serde::{Deserialize, Serialize};

use crate::{AutoBackbone, AutoConfig, AutoModelForMaskedLm, device::of_outlines, encode::tokenizer_of, error::Error};

/// The teacher, and by what its student is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistillationSettings {
    /// Its directory.
    pub teacher: PathBuf,
    /// The layers of it that the student begins as, from 0 and ascending: one for each of the student's.
    pub layers: Vec<usize>,
    /// By what the logits of both are divided.
    pub temperature: f64,
    /// Weight of what the teacher says of each token.
    pub alpha_ce: f64,
    /// Weight of the masked words.
    pub alpha_mlm: f64,
    /// Weight of the direction of hidden states.
    pub alpha_cos: f64,
    /// Weight of the squared difference of the logits.
    pub alpha_mse: f64,
    /// Whether logits are compared where words are masked only.
    pub restrict_ce_to_mask: bool,
    /// Which hidden states are compared.
    pub cosine: Cosine,
}

/// Which hidden states of student and teacher are to point the same way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cosine {
    /// The last ones, as DistilBERT was trained.
    #[default]
    Last,
    /// Those after each layer of the student, with as many of the teacher.
    All,
}

/// The student's half of a teacher's layers, the first and the last among them: of 12 those of DistilBERT.
pub(super) fn spread(student_layers: usize, teacher_layers: usize) -> Vec<usize> {
    let gaps = student_layers.saturating_sub(1).max(1);
    let last = teacher_layers.saturating_sub(1);
    (0..student_layers).map(|layer| (layer as f64 * last as f64 / gaps as f64).round() as usize).collect()
}

impl DistillationSettings {
    /// The published one's, of a teacher whose config is `teacher`.
    pub(super) fn of(dir: &Path, student_layers: usize, teacher: &AutoConfig) -> Self {
        let Distillation { temperature, alpha_ce, alpha_mlm, alpha_cos, alpha_mse, restrict_ce_to_mask } =
            Distillation::default();
        let layers = spread(student_layers, teacher.layers().count);
        let (teacher, cosine) = (dir.to_owned(), Cosine::default());
        Self { teacher, layers, temperature, alpha_ce, alpha_mlm, alpha_cos, alpha_mse, restrict_ce_to_mask, cosine }
    }

    /// The teacher's config.
    ///
    /// # Errors
    /// Where its directory has none.
    pub(super) fn config(&self) -> Result<AutoConfig, Error> {
        Ok(read_config(&self.teacher.join(CONFIG_FILE))?)
    }

    /// Whether the teacher's directory has all of it: no run begins whose teacher cannot be opened.
    ///
    /// # Errors
    /// Where its weights or its tokenizer cannot be read, or are not those of a model that fills in masked words.
    pub(super) fn check_teacher(&self) -> Result<(), Error> {
        let config = self.config()?;
        tokenizer_of(&self.teacher, &config)?;
        let (weights, device) = (Weights::open(&self.teacher)?, of_outlines()?);
        if !has_head::<AutoModelForMaskedLm>(&weights, &config, &device)? {
            let message = "it has no head for masked words; a teacher that fills them in is expected".into();
            return Err(Error::File { file: self.teacher.clone(), message });
        }
        let (_, LoadReport { file, missing, .. }) = examine::<AutoModelForMaskedLm>(&weights, &config, &device)?;
        if missing.is_empty() {
            Ok(())
        } else {
            Err(embert_checkpoint::Error::Missing { file, tensors: missing }.into())
        }
    }

    /// # Errors
    /// Where there is no such student of such a teacher.
    pub(super) fn check(&self, student: &AutoConfig, max_length: usize) -> Result<(), Error> {
        let wrong = |key: &str, message: String| Err(Error::Setting { key: key.into(), message });
        let teacher = self.config()?;
        let words = |config: &AutoConfig| config.heads().masked_lm.vocab_size;
        if words(student) != words(&teacher) {
            let (student, teacher) = (words(student), words(&teacher));
            return wrong(
                "model",
                format!("the student has {student} words, its teacher {teacher}; the same are expected"),
            );
        }
        if max_length > teacher.longest_sequence() {
            let positions = teacher.longest_sequence();
            return wrong(
                "data.max_length",
                format!("it is {max_length}; the teacher reads {positions} tokens at most"),
            );
        }
        let is_ascending = self.layers.is_sorted_by(|a, b| a < b);
        let count = teacher.layers().count;
        if !is_ascending || self.layers.is_empty() || self.layers.iter().any(|&layer| layer >= count) {
            let layers = &self.layers;
            return wrong(
                "distillation.layers",
                format!("they are {layers:?}; ascending numbers below {count} are expected"),
            );
        }
        // What the objective asks for, before anything is made.
        self.objective(student, &teacher, Vec::new()).map(drop)
    }

    fn objective(
        &self,
        student: &AutoConfig,
        teacher: &AutoConfig,
        teachers: Vec<(Device, Inference<AutoModelForMaskedLm>)>,
    ) -> Result<Distil<AutoBackbone>, Error> {
        let &Self { temperature, alpha_ce, alpha_mlm, alpha_cos, alpha_mse, restrict_ce_to_mask, .. } = self;
        let loss = Distillation { temperature, alpha_ce, alpha_mlm, alpha_cos, alpha_mse, restrict_ce_to_mask };
        let layers = match self.cosine {
            Cosine::Last => LayerMap::Last,
            Cosine::All => LayerMap::All,
        };
        Ok(Distil::new(loss, layers, student, teacher, teachers)?)
    }
}

/// A teacher, and the student to be.
pub(super) struct Lesson<'a> {
    settings: &'a DistillationSettings,
    teacher: AutoConfig,
    student: &'a AutoConfig,
}

impl<'a> Lesson<'a> {
    pub(super) fn new(settings: &'a DistillationSettings, student: &'a AutoConfig) -> Result<Self, Error> {
        Ok(Self { teacher: settings.config()?, settings, student })
    }

    /// What the student learns: its teachers are read, one for each device.
    pub(super) fn objective(&self, devices: &[Device]) -> Result<Distil<AutoBackbone>, Error> {
        let mut teachers: Vec<(Device, Inference<AutoModelForMaskedLm>)> = Vec::new();
        for device in devices {
            if !teachers.iter().any(|(there, _)| there == device) {
                teachers.push((device.clone(), self.open(device)?.for_inference(ComputeType::F32)?));
            }
        }
        self.settings.objective(self.student, &self.teacher, teachers)
    }

    /// The layers of the teacher that a student of its family and widths begins as; none for another.
    pub(super) fn layers(&self) -> Option<&'a [usize]> {
        let (student, teacher) = (self.student.layers(), self.teacher.layers());
        let family = |config: &AutoConfig| config.family().model_type;
        let is_of_family = match (family(self.student), family(&self.teacher)) {
            ("distilbert", "bert") => true,
            (student, teacher) => student == teacher,
        };
        let widths = |config: &AutoConfig| {
            let sizes = config.layers().sizes;
            let words = config.heads().masked_lm.embedding_size;
            (sizes.hidden_size, sizes.num_attention_heads, sizes.intermediate_size, words)
        };
        let is_as_wide = widths(self.student) == widths(&self.teacher);
        let is_deep_enough = student.count == self.settings.layers.len() && student.count <= teacher.count;
        (is_of_family && is_as_wide && is_deep_enough).then_some(&self.settings.layers)
    }

    /// The student before its first step.
    pub(super) fn begin(
        &self,
        mut student: AutoModelForMaskedLm,
        device: &Device,
    ) -> Result<AutoModelForMaskedLm, Error> {
        if let Some(layers) = self.layers() {
            student.take(&self.open(device)?, layers);
        }
        Ok(student)
    }

    fn open(&self, device: &Device) -> Result<AutoModelForMaskedLm, Error> {
        let dir = &self.settings.teacher;
        let (teacher, _, report) = from_pretrained::<AutoModelForMaskedLm>(dir, device)?;
        if !report.missing.is_empty() {
            let message = format!("the teacher fills in masked words; {} is missing", report.missing.join(", "));
            return Err(Error::File { file: dir.clone(), message });
        }
        Ok(teacher)
    }
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn of_twelve_layers_the_student_takes_those_of_distilbert() {
        assert_eq!(spread(6, 12), [0, 2, 4, 7, 9, 11]);
        assert_eq!(spread(2, 4), [0, 3]);
        assert_eq!(spread(1, 1), [0]);
    }
}
