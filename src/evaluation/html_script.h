// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace vcisr::evaluation {

/// Tables that a click sorts, charts that say the numbers under the pointer. The page is complete
/// without it. All text goes through textContent: nothing of a file's name becomes markup.
inline constexpr const char* kEvaluationScript = R"js(
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.querySelectorAll("thead th")];
  heads.forEach((head, index) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const sign = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row) => {
        const cell = row.cells[index];
        const isNumber = cell.classList.contains("number");
        return {row, isNumber, key: isNumber ? Number(cell.dataset.key ?? NaN) : cell.textContent};
      });
      rows.sort((a, b) => {
        if (!a.isNumber) return sign * a.key.localeCompare(b.key, undefined, {numeric: true});
        if (Number.isNaN(a.key) || Number.isNaN(b.key)) {
          return Number.isNaN(a.key) - Number.isNaN(b.key);
        }
        return a.key === b.key ? 0 : a.key < b.key ? -sign : sign;
      });
      body.append(...rows.map((entry) => entry.row));
    });
  });
}
for (const svg of document.querySelectorAll("svg[data-plot]")) {
  const [left, width, top, height, x0, x1] = svg.dataset.plot.split(" ").map(Number);
  const figure = svg.closest("figure");
  const isFilm = figure.classList.contains("film");
  const names = figure.dataset.names ? figure.dataset.names.split("\n") : null;
  const lines = [...svg.querySelectorAll("path[data-points]")].map((path) => ({
    name: path.dataset.name,
    color: [...path.classList].find((word) => /^c\d+$/.test(word)),
    points: path.dataset.points.split(" ").filter(Boolean).map((pair) => pair.split(",")),
  }));
  const box = document.createElement("div");
  box.className = "readout";
  box.hidden = true;
  figure.append(box);
  const cursor = document.createElementNS(svg.namespaceURI, "line");
  cursor.setAttribute("class", "cursor");
  cursor.setAttribute("y1", top);
  cursor.setAttribute("y2", top + height);
  const hide = () => { box.hidden = true; cursor.remove(); };
  const say = (text, color) => {
    const row = document.createElement("div");
    row.textContent = text;
    if (color) {
      const swatch = document.createElement("i");
      swatch.className = color;
      row.prepend(swatch);
    }
    box.append(row);
  };
  const nearest = (points, x) => {
    let low = 0, high = points.length - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (Number(points[middle][0]) < x) low = middle; else high = middle;
    }
    return x - points[low][0] <= points[high][0] - x ? points[low] : points[high];
  };
  svg.addEventListener("pointermove", (event) => {
    const area = svg.getBoundingClientRect();
    const scale = area.width / svg.viewBox.baseVal.width;
    const x = x0 + ((event.clientX - area.left) / scale - left) / width * (x1 - x0);
    const slack = (x1 - x0) * 0.02;
    const found = lines.filter((line) => line.points.length > 0)
                      .map((line) => ({...line, point: nearest(line.points, x)}))
                      .filter((line) => Math.abs(line.point[0] - x) <= 2 * slack);
    if (found.length === 0 || x < x0 - slack || x > x1 + slack) {
      hide();
      return;
    }
    const distance = (line) => Math.abs(line.point[0] - x);
    const at = found.reduce((a, b) => (distance(b) < distance(a) ? b : a)).point[0];
    box.replaceChildren();
    if (names) {
      say(names[at - 1] + ": " + found[0].point[1]);
    } else if (isFilm && lines.length === 1) {
      say("frame " + at + ": " + found[0].point[1]);
    } else if (isFilm) {
      say("frame " + at);
      for (const {name, point, color} of found) {
        say(point[1] + " " + name + (point[0] === at ? "" : " (frame " + point[0] + ")"), color);
      }
    } else {
      say("no. " + at + ": " + found[0].point[1]);
    }
    const px = left + (at - x0) / (x1 - x0) * width;
    cursor.setAttribute("x1", px);
    cursor.setAttribute("x2", px);
    svg.append(cursor);
    box.hidden = false;
    const frame = figure.getBoundingClientRect();
    const onRight = px > left + width / 2;
    const edge = px * scale + 10;
    box.style.left = onRight ? "auto" : edge + area.left - frame.left + "px";
    box.style.right = onRight ? area.width - edge + 20 + frame.right - area.right + "px" : "auto";
    box.style.top = area.top - frame.top + top * scale + 8 + "px";
  });
  svg.addEventListener("pointerleave", hide);
}
)js";

}  // namespace vcisr::evaluation
