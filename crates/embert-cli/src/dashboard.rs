//! `--tui`: the dashboard of Burn's own training loop, told of ours.

use std::collections::HashMap;

use burn_train::{
    Interrupter,
    logger::TrainingProgressLogger,
    metric::{MetricDefinition, MetricEntry, MetricId, NumericAttributes, NumericEntry, SerializedEntry},
    renderer::{MetricState, MetricsRenderer, MetricsRendererTraining, tui::TuiMetricsRendererWrapper},
};
use embert::run::Event;

use crate::progress::Told;

/// The dashboard, from the first step to the last.
pub(crate) struct Dashboard {
    renderer: Option<TuiMetricsRendererWrapper>,
    interrupter: Interrupter,
    steps: usize,
    metrics: HashMap<String, MetricId>,
}

impl Dashboard {
    pub(crate) fn new() -> Self {
        Self { renderer: None, interrupter: Interrupter::new(), steps: 0, metrics: HashMap::new() }
    }

    /// Whether its key for an early end was pressed.
    pub(crate) fn should_stop(&self) -> bool {
        self.interrupter.should_stop()
    }

    pub(crate) fn on_event(&mut self, event: &impl Told) {
        if let Some(steps) = event.steps() {
            self.steps = steps;
        }
        let Some(event) = event.of_training() else { return };
        match event {
            Event::Model { step, .. } => {
                let mut renderer = TuiMetricsRendererWrapper::new(self.interrupter.clone(), None);
                renderer.start(1, 0, Some(self.steps), Some("embert"));
                renderer.start_split("train", self.steps);
                renderer.update_split(*step);
                self.renderer = Some(renderer);
            }
            Event::Step(report) => {
                self.show("loss", report.loss, false, false);
                for part in &report.parts {
                    self.show(&format!("{} loss", part.name), part.loss, false, false);
                    self.show(&format!("{} accuracy", part.name), 100.0 * part.accuracy.share(), true, false);
                }
                self.show("learning rate", report.learning_rate, false, false);
                self.show("gradient norm", report.gradient_norm, false, false);
                self.show("tokens per second", report.tokens_per_second, true, false);
                self.show("GFLOP per second", report.flops_per_second / 1e9, true, false);
                if let Some(renderer) = &mut self.renderer {
                    renderer.update_split(report.step);
                }
            }
            Event::Validated(validation) => {
                self.show("loss", validation.loss, false, true);
                for (part, _) in &validation.parts {
                    self.show(&format!("{} loss", part.name), part.loss, false, true);
                    self.show(&format!("{} accuracy", part.name), 100.0 * part.accuracy.share(), true, true);
                }
            }
            Event::Saved { step, .. } => {
                if let Some(renderer) = &mut self.renderer {
                    renderer.log_event_training(format!("saved at step {step}"));
                }
            }
        }
    }

    /// Adds a point to a curve.
    fn show(&mut self, name: &str, value: f64, higher_is_better: bool, is_held_out: bool) {
        let Some(renderer) = &mut self.renderer else { return };
        let id = self.metrics.entry(name.to_owned()).or_insert_with(|| {
            let id = MetricId::new(name.to_owned().into());
            renderer.register_metric(MetricDefinition {
                metric_id: id.clone(),
                name: name.to_owned().into(),
                description: None,
                attributes: NumericAttributes { unit: None, higher_is_better }.into(),
            });
            id
        });
        let entry = SerializedEntry { formatted: format!("{name}: {value:.4}"), serialized: value.to_string() };
        let state = MetricState::Numeric(MetricEntry::new(id.clone(), entry), Some(NumericEntry::Value(value)));
        if is_held_out { renderer.update_valid(state) } else { renderer.update_train(state) }
    }
}
