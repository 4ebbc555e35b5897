"use strict";
// Draws the tables from the data in the page. Whatever comes from the report is set as text, never as markup.
(() => {
  const PAGE = 25, PRINTED = 2000;
  const data = JSON.parse(document.getElementById("data").textContent);
  const make = (name, more = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(more)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };
  const prose = (words) => {
    const pieces = words.split("`");
    return pieces.map((piece, at) => {
      if (at % 2 === 0) return piece;
      return at === pieces.length - 1 ? "`" + piece : make("code", {}, piece);
    });
  };
  const cell = (one) => {
    if (typeof one === "string") return prose(one);
    const made = one.tag ? make("span", { class: "tag " + one.tag }, one.tag) : make("code", {}, one.code);
    const nodes = [one.href && one.href.startsWith("http") ? make("a", { href: one.href, rel: "noreferrer" }, made) : made];
    if (one.sub) nodes.push(" ", make("span", { class: "sub" }, one.sub));
    return nodes;
  };
  const words = (one) => (typeof one === "string" ? one : [one.tag, one.code, one.sub].filter(Boolean).join(" "));
  const blocks = {
    facts: (lines) => make("dl", { class: "facts" }, ...lines.map(([label, value]) =>
      make("div", {}, make("dt", {}, label), make("dd", {}, ...cell(value))))),
    list: (lines) => make("ol", {}, ...lines.map((line) => make("li", {}, ...cell(line)))),
    table: ([heads, ...lines]) => make("table", {},
      make("thead", {}, make("tr", {}, ...heads.map((head) => head ? make("th", { scope: "col" }, ...cell(head)) : make("td")))),
      make("tbody", {}, ...lines.map((line) => make("tr", {}, ...line.map((one, at) =>
        make("td", at ? { "data-label": words(heads[at]) } : {}, ...cell(one))))))),
  };
  const unfold = (row, width) => {
    const inner = make("div");
    for (const [kind, title, lines] of row[3]) {
      inner.append(make("div", {}, ...(title ? [make("h3", {}, title)] : []), blocks[kind](lines)));
    }
    return make("tr", { class: "inner" }, make("td", { colspan: width }, inner));
  };

  const sheet = (section, rows) => {
    const table = section.querySelector("table"), body = table.tBodies[0], heads = [...table.tHead.rows[0].cells];
    const find = section.querySelector("[data-find]"), facets = [...section.querySelectorAll("[data-facet]")];
    const status = section.querySelector("[data-status]"), pages = section.querySelector(".pages");
    const [back, on, where] = ["[data-back]", "[data-on]", "[data-page]"].map((one) => pages.querySelector(one));
    const labels = heads.map((head) => head.textContent);
    const numbers = heads.map((head) => head.classList.contains("number"));
    const open = new Set();
    let kept = rows, page = 0, column = -1, down = false, texts = null;

    const drawRow = (row, number) => {
      const name = "inner-" + section.id + "-" + number;
      const fold = make("button", { type: "button", class: "fold", "aria-expanded": String(open.has(row)), "aria-label": "Details of " + row[0].map(words).slice(0, 2).join(" ") });
      const line = make("tr", {}, ...row[0].map((one, at) => {
        const made = make("td", { "data-label": labels[at] }, ...(at === 0 && row[3].length ? [fold] : []), ...cell(one));
        if (numbers[at]) made.className = "number";
        return made;
      }));
      const show = () => {
        const inner = unfold(row, heads.length);
        inner.id = name;
        fold.setAttribute("aria-controls", name);
        line.after(inner);
      };
      fold.addEventListener("click", () => {
        const shown = open.delete(row);
        if (shown) { line.nextSibling.remove(); fold.removeAttribute("aria-controls"); } else { open.add(row); show(); }
        fold.setAttribute("aria-expanded", String(!shown));
      });
      return [line, show];
    };
    const draw = (all = false) => {
      const last = Math.max(Math.ceil(kept.length / PAGE) - 1, 0);
      page = Math.min(page, last);
      const shown = all ? kept.slice(0, PRINTED) : kept.slice(page * PAGE, (page + 1) * PAGE);
      body.replaceChildren();
      for (const [number, row] of shown.entries()) {
        const [line, show] = drawRow(row, number);
        body.append(line);
        if (open.has(row)) show();
      }
      pages.hidden = last === 0;
      where.textContent = `Page ${page + 1} of ${last + 1}`;
      back.disabled = page === 0;
      on.disabled = page === last;
      const size = kept.length === rows.length ? "" : ` of ${rows.length.toLocaleString("en")}`;
      status.textContent = `${kept.length.toLocaleString("en")}${size} ${rows.length === 1 ? "row" : "rows"}`;
    };
    const choose = () => {
      const asked = find.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
      const wanted = facets.map((one) => [Number(one.dataset.facet), one.value]).filter(([, value]) => value);
      if (asked.length && !texts) texts = new Map(rows.map((row) => [row, row[0].map(words).join(" ").toLowerCase()]));
      kept = rows.filter((row) => wanted.every(([at, value]) => row[2][at].includes(value)) &&
        asked.every((word) => texts.get(row).includes(word)));
      if (column >= 0) kept.sort((one, other) => (one[1][column] - other[1][column]) * (down ? -1 : 1));
      page = 0;
      draw();
    };
    heads.forEach((head, at) => {
      const button = make("button", { type: "button" }, labels[at]);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        down = column === at ? !down : numbers[at];
        column = at;
        heads.forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        choose();
      });
    });
    let waiting;
    find.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(choose, 120); });
    facets.forEach((one) => one.addEventListener("change", choose));
    const form = section.querySelector("form");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(choose));
    const turn = (by) => { page += by; draw(); section.scrollIntoView(); };
    back.addEventListener("click", () => turn(-1));
    on.addEventListener("click", () => turn(1));
    addEventListener("beforeprint", () => draw(true));
    addEventListener("afterprint", () => draw());
    form.hidden = false;
    draw();
  };
  for (const [name, rows] of Object.entries(data)) if (rows.length) sheet(document.getElementById(name), rows);

  const theme = document.getElementById("theme"), root = document.documentElement;
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const tell = () => { theme.textContent = dark() ? "Light" : "Dark"; };
  theme.addEventListener("click", () => { root.dataset.theme = dark() ? "light" : "dark"; tell(); });
  theme.hidden = false;
  tell();
  const folded = [];
  addEventListener("beforeprint", () => document.querySelectorAll("details:not([open])").forEach((one) => { one.open = true; folded.push(one); }));
  addEventListener("afterprint", () => folded.splice(0).forEach((one) => { one.open = false; }));
})();
