// `data`: layers, heads, tokens, parts, and weights, [layers, heads, looking, looked at], two hexadecimal digits each.
const count = data.tokens.length;
const weights = Uint8Array.from({ length: data.weights.length / 2 }, (_, at) => parseInt(data.weights.substr(2 * at, 2), 16));
const SEEN = 5; // of 255: less is not drawn
const ROW = 22, LINES = 260, LETTER = 8;
const view = document.getElementById("view");
const layerChoice = document.getElementById("layer");
const partChoice = document.getElementById("part");
const on = new Set([...Array(data.heads).keys()]);
let pointed = null; // { side: "left" or "right", token }

const color = (head) => `hsl(${Math.floor((head * 360) / data.heads)},65%,45%)`;

function weight(layer, head, looking, lookedAt) {
  return weights[((layer * data.heads + head) * count + looking) * count + lookedAt];
}

function svg(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function isBetween(looking, lookedAt) {
  const parts = partChoice.value;
  return parts === "" || parts === `${data.parts[looking]}${data.parts[lookedAt]}`;
}

function isPointed(looking, lookedAt) {
  return pointed === null || (pointed.side === "left" ? looking : lookedAt) === pointed.token;
}

// Lines of the chosen heads, the words on both sides, and behind them how much the pointed token looks at each.
function draw() {
  const layer = Number(layerChoice.value);
  // A letter of a script with wide ones is as wide as two of Latin's.
  const width = (token) => [...token].reduce((sum, letter) => sum + (letter < "\u0080" ? 1 : 2), 0);
  const longest = Math.max(0, ...data.tokens.map(width));
  const words = (longest + 2) * LETTER;
  const [left, right] = [words, words + LINES];
  const height = (token) => token * ROW + ROW / 2;
  view.setAttribute("width", right + words);
  view.setAttribute("height", count * ROW);
  const lines = svg("g", { "stroke-width": 2 });
  const shades = svg("g", {});
  for (const head of on) {
    for (let looking = 0; looking < count; looking++) {
      for (let lookedAt = 0; lookedAt < count; lookedAt++) {
        const share = weight(layer, head, looking, lookedAt);
        if (share < SEEN || !isBetween(looking, lookedAt) || !isPointed(looking, lookedAt)) continue;
        const [y1, y2, opacity] = [height(looking), height(lookedAt), share / 255];
        lines.append(svg("line", { x1: left, x2: right, y1, y2, stroke: color(head), opacity }));
        if (pointed === null) continue;
        const [x, y] = pointed.side === "left" ? [right, y2] : [0, y1];
        const shade = { x, y: y - ROW / 2, width: words, height: ROW, fill: color(head) };
        shades.append(svg("rect", { ...shade, opacity: opacity / on.size }));
      }
    }
  }
  view.replaceChildren(shades, lines);
  data.tokens.forEach((token, index) => {
    for (const [side, x, anchor] of [["left", left - LETTER / 2, "end"], ["right", right + LETTER / 2, "start"]]) {
      const text = svg("text", { x, y: height(index) + 5, "text-anchor": anchor }, token);
      text.addEventListener("mouseenter", () => {
        if (pointed !== null && pointed.side === side && pointed.token === index) return;
        pointed = { side, token: index };
        draw();
      });
      view.append(text);
    }
  });
  for (const square of document.querySelectorAll("#heads span")) {
    square.classList.toggle("off", !on.has(Number(square.dataset.head)));
  }
  for (const canvas of document.querySelectorAll("#all canvas")) {
    const isOn = Number(canvas.dataset.layer) === layer && on.size === 1 && on.has(Number(canvas.dataset.head));
    canvas.classList.toggle("chosen", isOn);
  }
}

view.addEventListener("mouseleave", () => { pointed = null; draw(); });
layerChoice.addEventListener("change", draw);
partChoice.addEventListener("change", draw);
document.getElementById("parts").hidden = !data.parts.includes(1);

for (let layer = 0; layer < data.layers; layer++) layerChoice.append(new Option(layer, layer));

for (let head = 0; head < data.heads; head++) {
  const square = document.createElement("span");
  Object.assign(square, { textContent: head, title: `head ${head}` });
  square.dataset.head = head;
  square.style.background = color(head);
  square.addEventListener("click", () => { on.has(head) ? on.delete(head) : on.add(head); draw(); });
  square.addEventListener("dblclick", () => { on.clear(); on.add(head); draw(); });
  document.getElementById("heads").append(square);
}

for (let layer = 0; layer < data.layers; layer++) {
  const row = document.createElement("div");
  for (let head = 0; head < data.heads; head++) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 56, height: Math.max(28, 4 * count), title: `layer ${layer}, head ${head}` });
    Object.assign(canvas.dataset, { layer, head });
    const pen = canvas.getContext("2d");
    pen.strokeStyle = color(head);
    for (let looking = 0; looking < count; looking++) {
      for (let lookedAt = 0; lookedAt < count; lookedAt++) {
        const share = weight(layer, head, looking, lookedAt);
        if (share < 5 * SEEN) continue;
        pen.globalAlpha = share / 255;
        pen.beginPath();
        pen.moveTo(0, 4 * looking + 2);
        pen.lineTo(56, 4 * lookedAt + 2);
        pen.stroke();
      }
    }
    canvas.addEventListener("click", () => {
      layerChoice.value = layer;
      on.clear();
      on.add(head);
      draw();
      view.scrollIntoView({ behavior: "smooth" });
    });
    row.append(canvas);
  }
  document.getElementById("all").append(row);
}

draw();
