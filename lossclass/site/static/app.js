// The page: what is shown, what is typed, and where. Python answers in worker.js.
//
// Texts go into the page as texts. Only what Python's renderer made of a problem is markup (`placed`), and
// the page's policy lets no script and no style of its own stand in it.

const view = document.getElementById("view");
const loading = document.getElementById("loading");
const KEPT = "lossclass";
const TABS = {
  solution: "Solution",
  practice: "Practice",
  check: "Check my working",
  numbers: "My numbers",
  worksheet: "Worksheet",
};

// --- making elements ---

function made(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

const adopted = new Set();

function placed(html, kind = "rendered") {
  const box = made("div", { class: kind });
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const style of parsed.querySelectorAll("metadata.style")) {
    // a picture's colours in the dark
    if (!adopted.has(style.textContent)) {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(style.textContent);
      adopted.add(style.textContent);
      document.adoptedStyleSheets.push(sheet);
    }
    style.remove();
  }
  box.append(...parsed.body.childNodes);
  for (const each of box.querySelectorAll("[data-style]")) each.style.cssText = each.dataset.style;
  for (const link of box.querySelectorAll('a[href^="#"]')) {
    // to a step of what is shown, whatever else is called so
    link.setAttribute("href", `${here}/${link.getAttribute("href").slice(1)}`);
  }
  return box;
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);
const paragraph = (text, kind = "") => made("p", kind ? { class: kind } : {}, text);

// --- what is kept in this browser ---

// Another site on the same host may have problems of the same names.
const keyOf = (...names) => [KEPT, new URL(".", location.href).pathname, ...names].join(":");

function kept(...names) {
  try {
    return JSON.parse(localStorage.getItem(keyOf(...names)));
  } catch {
    return null; // a browser that keeps nothing
  }
}

function keep(value, ...names) {
  const key = keyOf(...names);
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing, or no more
  }
}

// --- asking Python ---

const waiting = new Map();
let worker;
let count = 0;
let isThere;
let isBroken = false;
const ready = new Promise((resolve) => (isThere = resolve));

function begin(site, text) {
  worker = new Worker("worker.js", { type: "module" });
  worker.addEventListener("message", ({ data }) => {
    if (data.progress !== undefined) return progressed(data);
    if (data.id === undefined) return broken(data.failed);
    const resolve = waiting.get(data.id);
    waiting.delete(data.id);
    const message = `This went wrong: ${data.failed}`;
    resolve(data.failed ? { errors: [{ message, line: 0 }] } : data.answer);
  });
  worker.addEventListener("error", (event) => broken(event.message));
  worker.postMessage({ site, text, root: new URL(".", location.href).href });
}

function progressed({ progress, what }) {
  if (progress >= 1) {
    loading.replaceChildren();
    document.documentElement.dataset.ready = "yes";
    isThere();
    return;
  }
  loading.querySelector("label").textContent = what;
  loading.querySelector("progress").value = progress;
}

function broken(why) {
  const said = why ? ` The browser says: ${why}` : "";
  loading.replaceChildren(paragraph(`Python could not be started here.${said}`, "notice"));
  isBroken = true;
  isThere();
}

async function ask(request) {
  await ready;
  if (isBroken) return { errors: [{ message: "Without Python nothing is worked out.", line: 0 }] };
  const id = (count += 1);
  return new Promise((resolve) => {
    waiting.set(id, resolve);
    worker.postMessage({ id, request });
  });
}

// --- where we are ---

let site;
let turn = 0;
let here = "";

function read(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a % that stands for itself
  }
}

function placeIn(hash) {
  const text = hash.replace(/^#/, "");
  const [, place, rest] = text.match(/^(quiz|explain):(.*)$/s) ?? [];
  if (place) return { place, name: read(rest) };
  const [, name, tab, step] = text.match(/^([^:/]*)(?::([^/]*))?(?:\/(.*))?$/s);
  return {
    place: "problems",
    name: read(name),
    tab: Object.hasOwn(TABS, tab) ? tab : "solution",
    step: step && read(step),
  };
}

function addressOf(name, tab) {
  // a problem may be called as a place is, which then is no name
  const coded = (letter) => `%${letter.charCodeAt(0).toString(16)}`;
  const said = encodeURIComponent(name).replace(/^(?:q(?=uiz$)|e(?=xplain$))/, coded);
  return `#${said}${tab === "solution" ? "" : `:${tab}`}`;
}

function go() {
  const { name, tab, step } = placeIn(location.hash);
  if (step && here === addressOf(name, tab)) {
    const inside = document.getElementById(step);
    if (inside) return reveal(inside);
  }
  begun();
}

/** Show the place from its beginning. */
function begun() {
  const { place: said, name, tab, step } = placeIn(location.hash);
  const place = said === "problems" && !site.problems.length ? "quiz" : said;
  const known = place === "problems" && site.problems.find((each) => each.name === name);
  turn += 1;
  here = known ? addressOf(name, tab) : "";
  for (const link of document.querySelectorAll("[data-place]")) {
    if (link.dataset.place === place) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = "lossclass";
  if (place === "quiz") showQuiz(name);
  else if (place === "explain") showTopics(name);
  else if (known) showProblem(known, tab, step);
  else showProblems(name);
}

function reveal(element) {
  element.closest("details")?.setAttribute("open", "");
  element.scrollIntoView({ block: "start" });
  element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

function titled(title) {
  document.title = `${title} – lossclass`;
}

/** Put what is promised into a box, unless the reader has gone elsewhere meanwhile. */
async function fill(box, promised, show) {
  const mine = turn;
  box.setAttribute("aria-busy", "true");
  if (!box.childNodes.length) box.append(paragraph("It is being worked out …", "quiet"));
  const answer = await promised;
  if (mine !== turn) return;
  if (answer.errors) box.replaceChildren(listed(answer.errors));
  else show(answer);
  box.removeAttribute("aria-busy");
}

// --- the list ---

function showProblems(unknown) {
  const list = made("ul", { class: "problems" });
  const search = made("input", {
    type: "search",
    id: "search",
    value: kept("search") ?? "",
    autocomplete: "off",
  });
  const found = made("p", { class: "quiet", role: "status" });
  const draw = () => {
    keep(search.value, "search");
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (each) => {
      const text = `${each.name} ${each.title} ${each.loss} ${each.text}`.toLowerCase();
      return words.every((word) => text.includes(word));
    };
    const fitting = site.problems.filter(fits);
    list.replaceChildren(
      ...fitting.map((each) =>
        made(
          "li",
          {},
          made("a", { href: addressOf(each.name, "solution") }, each.title),
          made("span", { class: "quiet" }, `${each.loss} · ${each.name}`),
        ),
      ),
    );
    const many = fitting.length === 1 ? "1 problem" : `${fitting.length} problems`;
    found.textContent = words.length ? `${many} of ${site.problems.length}` : many;
  };
  search.addEventListener("input", draw);
  view.replaceChildren(
    made("h1", {}, "Problems"),
    ...(unknown ? [paragraph(`There is no problem called ${unknown} here.`, "notice")] : []),
    made("label", { for: "search" }, "Search"),
    search,
    found,
    list,
  );
  draw();
}

// --- a problem ---

const ownText = (problem) => kept(problem.name, "numbers") ?? undefined;

function showProblem(problem, tab, step) {
  titled(problem.title);
  const tabs = made("nav", { class: "tabs", "aria-label": "What to do with this problem" });
  for (const [name, title] of Object.entries(TABS)) {
    const current = name === tab ? { "aria-current": "page" } : {};
    tabs.append(made("a", { href: addressOf(problem.name, name), ...current }, title));
  }
  const box = made("div", { class: tab });
  view.replaceChildren(tabs);
  if (ownText(problem) !== undefined && tab !== "numbers") view.append(ownNumbers(problem));
  view.append(box);
  ({ solution, practice, check, numbers, worksheet })[tab](problem, box, step);
}

function ownNumbers(problem) {
  const back = () => {
    keep(null, problem.name, "numbers");
    begun();
    view.focus({ preventScroll: true });
  };
  return made(
    "p",
    { class: "notice" },
    "With your numbers. ",
    made("button", { type: "button", onclick: back }, "Take those of the problem again"),
  );
}

function solution(problem, box, step) {
  const options = kept("solution") ?? { detail: "board", gradient: false };
  const result = made("div");
  const draw = () => {
    keep(options, "solution");
    const request = { do: "solution", name: problem.name, text: ownText(problem), ...options };
    fill(result, ask(request), ({ html }) => {
      result.replaceChildren(placed(html));
      const inside = step && document.getElementById(step);
      if (inside) reveal(inside);
    });
  };
  const detail = made(
    "select",
    {
      id: "detail",
      onchange: () => {
        options.detail = detail.value;
        draw();
      },
    },
    ...Object.entries({ board: "as on a board", full: "in full", brief: "in short" }).map(
      ([value, said]) => made("option", { value, selected: value === options.detail }, said),
    ),
  );
  const gradient = made("input", {
    type: "checkbox",
    checked: options.gradient,
    onchange: () => {
      options.gradient = gradient.checked;
      draw();
    },
  });
  box.append(
    made(
      "div",
      { class: "row-of" },
      made("label", { class: "inline", for: "detail" }, "Working", detail),
      made("label", { class: "inline" }, gradient, "with the gradient"),
      made("button", { type: "button", onclick: () => print() }, "Print"),
      site.workbooks ? workbook(problem) : null,
    ),
    result,
  );
  draw();
}

function workbook(problem) {
  const button = made("button", { type: "button" }, "Download the workbook");
  button.addEventListener("click", async () => {
    button.disabled = true;
    const answer = await ask({ do: "workbook", name: problem.name, text: ownText(problem) });
    button.disabled = false;
    if (answer.errors) return button.after(listed(answer.errors));
    const bytes = Uint8Array.from(atob(answer.base64), (letter) => letter.charCodeAt(0));
    const address = URL.createObjectURL(new Blob([bytes]));
    made("a", { href: address, download: answer.file }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  });
  return button;
}

function worksheet(problem, box) {
  const result = made("div");
  box.append(
    made(
      "div",
      { class: "row-of" },
      made("button", { type: "button", class: "first", onclick: () => print() }, "Print"),
    ),
    result,
  );
  const request = { do: "worksheet", name: problem.name, text: ownText(problem) };
  fill(result, ask(request), ({ html }) => result.replaceChildren(placed(html)));
}

// --- practice ---

function practice(problem, box, step) {
  const asked = { name: problem.name, text: ownText(problem) };
  fill(box, ask({ do: "practice", ...asked }), ({ title, how, parts }) => {
    const typed = kept(problem.name, "practice") ?? {};
    const fields = [];
    const again = () => {
      keep(null, problem.name, "practice");
      begun();
      view.focus({ preventScroll: true });
    };
    box.replaceChildren(
      made("h1", {}, title),
      paragraph(how),
      made("button", { type: "button", onclick: again }, "Begin anew"),
    );
    for (const part of parts) {
      if (part.title) box.append(made("h2", { class: "heading" }, part.title));
      for (const item of part.items) {
        box.append(placed(item.html));
        if (item.id) box.append(answering(problem, asked, item, typed, fields));
      }
    }
    const inside = step && document.getElementById(step);
    if (inside) reveal(inside);
  });
}

function answering(problem, asked, item, typed, fields) {
  const said = made("div", { class: "said", role: "status" });
  const name = `answer-${fields.length}`;
  const field = made("input", {
    id: name,
    value: typed[item.id] ?? "",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
  });
  const own = { id: item.id, field, said, isMarked: false };
  fields.push(own);
  let hints = 0;
  const before = () => {
    const all = fields.slice(0, fields.indexOf(own) + 1);
    return Object.fromEntries(all.map((each) => [each.id, each.field.value]));
  };
  // A verdict is in the light of the answers before it: where one of them changes, it is another.
  const marked = () => fields.slice(fields.indexOf(own)).filter((each) => each.isMarked);
  own.mark = async () => {
    own.isMarked = true;
    const answers = before();
    const answer = await ask({ do: "mark", id: item.id, answers, ...asked });
    if (isSame(answers, before())) tellVerdict(said, answer);
  };
  const submit = (event) => {
    event.preventDefault();
    own.mark();
    for (const each of marked()) if (each !== own && each.field.value.trim()) each.mark();
  };
  const hint = async () => {
    const answer = await ask({ do: "hint", id: item.id, number: hints, ...asked });
    if (answer.errors) return said.replaceChildren(listed(answer.errors));
    hints += 1;
    const more = answer.is_last ? ["There is no further hint."] : [];
    said.replaceChildren(...[...answer.texts, ...more].map((text) => paragraph(text)));
  };
  const show = async () => {
    const answer = await ask({ do: "reveal", id: item.id, ...asked });
    said.replaceChildren(answer.errors ? listed(answer.errors) : placed(answer.html));
  };
  field.addEventListener("input", () => {
    typed[item.id] = field.value;
    keep(typed, problem.name, "practice");
    said.replaceChildren();
    for (const each of marked()) each.said.replaceChildren();
  });
  if (field.value.trim()) own.mark();
  return made(
    "form",
    { class: "answering", onsubmit: submit },
    made("label", { for: name }, `What is ${item.symbol}?`),
    made(
      "div",
      { class: "fields" },
      field,
      made("button", { class: "first" }, "Mark"),
      made("button", { type: "button", onclick: hint }, "Hint"),
      made("button", { type: "button", onclick: show }, "Show"),
    ),
    said,
  );
}

function tellVerdict(said, answer) {
  said.replaceChildren();
  if (answer.errors) return said.append(listed(answer.errors));
  said.append(
    ...answer.notes.map((text) => paragraph(text, "quiet")),
    made("p", { class: answer.verdict }, made("span", { class: "verdict" }, `${answer.sign} ${answer.said}`)),
    ...answer.below.map((text) => paragraph(text)),
  );
}

// --- working that was done on paper ---

function check(problem, box) {
  const field = made("textarea", { id: "working", rows: 10, spellcheck: "false" });
  field.value = kept(problem.name, "working") ?? "";
  field.addEventListener("input", () => keep(field.value, problem.name, "working"));
  const result = made("div", { role: "status" });
  const mark = () => {
    result.replaceChildren();
    const request = { do: "check", name: problem.name, working: field.value, text: ownText(problem) };
    fill(result, ask(request), ({ html }) => result.replaceChildren(placed(html)));
  };
  box.append(
    made("h1", {}, problem.title),
    made("label", { for: "working" }, "Your working, a line or several for each step"),
    field,
    paragraph("Lines such as 0.6 × 0.2 = 0.12, or loss = 1.4. TeX is read as well.", "quiet"),
    made("button", { type: "button", class: "first", onclick: mark }, "Mark my working"),
    result,
  );
}

// --- the problem's own text ---

function numbers(problem, box) {
  const field = made("textarea", {
    id: "text",
    rows: 16,
    spellcheck: "false",
    autocapitalize: "off",
    "aria-describedby": "mistakes",
  });
  field.value = ownText(problem) ?? problem.text;
  const lines = made("ol", { "aria-hidden": "true" });
  const mistakes = made("div", { id: "mistakes", role: "status" });
  const result = made("div");
  let latest = 0;
  const number = (bad = new Set()) => {
    const total = field.value.split("\n").length;
    lines.replaceChildren(
      ...Array.from({ length: total }, (_, n) =>
        made("li", bad.has(n + 1) ? { class: "bad" } : {}, String(n + 1)),
      ),
    );
    lines.scrollTop = field.scrollTop;
  };
  const draw = async () => {
    const mine = (latest += 1);
    const before = turn;
    const answer = await ask({ do: "solution", name: problem.name, text: field.value });
    if (mine !== latest || before !== turn) return;
    const errors = answer.errors ?? [];
    number(new Set(errors.map((each) => each.line)));
    field.setAttribute("aria-invalid", String(errors.length > 0));
    mistakes.replaceChildren(...(errors.length ? [listed(errors, field)] : []));
    result.hidden = errors.length > 0;
    if (!errors.length) result.replaceChildren(placed(answer.html));
  };
  let timer;
  field.addEventListener("input", () => {
    keep(field.value === problem.text ? null : field.value, problem.name, "numbers");
    number();
    clearTimeout(timer);
    timer = setTimeout(draw, 400);
  });
  field.addEventListener("scroll", () => (lines.scrollTop = field.scrollTop));
  const back = () => {
    field.value = problem.text;
    field.dispatchEvent(new Event("input"));
  };
  box.append(
    made("h1", {}, problem.title),
    made("label", { for: "text" }, "The problem, to be changed"),
    made("div", { class: "editor" }, lines, field),
    mistakes,
    made("button", { type: "button", onclick: back }, "Take the numbers of the problem again"),
    result,
  );
  number();
  draw();
}

/** What is wrong; with a field, each with a button that goes to its line. */
function listed(errors, field) {
  const go = ({ line, column }) => {
    const before = field.value.split("\n").slice(0, line - 1);
    const at = before.reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
    field.focus();
    field.setSelectionRange(at, at);
  };
  return made(
    "ul",
    { class: "errors" },
    ...errors.map((each) => {
      if (!each.line) return made("li", {}, each.message);
      const place = `Line ${each.line}`;
      const to = field
        ? made("button", { type: "button", onclick: () => go(each) }, place)
        : `${place}: `;
      return made("li", {}, to, each.message);
    }),
  );
}

// --- quiz ---

function showQuiz(name) {
  if (!name && site.quizzes.length === 1) name = site.quizzes[0].name;
  if (!site.quizzes.some((each) => each.name === name)) {
    const items = site.quizzes.map((each) =>
      made("li", {}, made("a", { href: `#quiz:${encodeURIComponent(each.name)}` }, each.title)),
    );
    const none = items.length ? [] : [paragraph("There is no quiz here.")];
    if (name) none.unshift(paragraph(`There is no quiz called ${name} here.`, "notice"));
    view.replaceChildren(made("h1", {}, "Quiz"), ...none, made("ul", { class: "problems" }, ...items));
    return;
  }
  const box = made("div", { class: "quiz" });
  view.replaceChildren(box);
  fill(box, ask({ do: "quiz", name }), ({ title, questions }) => {
    titled(title);
    const typed = kept(name, "quiz") ?? {};
    box.replaceChildren(made("h1", {}, title));
    questions.forEach((each) => box.append(question(name, each, typed, questions.length)));
  });
}

function question(name, { number, kind, text, gaps, options, several }, typed, total) {
  const said = made("div", { class: "said", role: "status" });
  const before = typed[number] ?? [];
  const store = () => {
    typed[number] = replies();
    keep(typed, name, "quiz");
    said.replaceChildren();
  };
  let fields;
  let replies;
  if (kind === "choose") {
    const type = several ? "checkbox" : "radio";
    const boxes = options.map((_, n) =>
      made("input", {
        type,
        name: `question-${number}`,
        checked: before.includes(String(n + 1)),
        onchange: store,
      }),
    );
    fields = options.map((option, n) => made("label", { class: "inline" }, boxes[n], option));
    replies = () => boxes.flatMap((each, n) => (each.checked ? [String(n + 1)] : []));
  } else {
    const total = kind === "fill" ? gaps : 1;
    fields = Array.from({ length: total }, (_, n) => {
      const called = total > 1 ? `Gap ${n + 1}` : "Your answer";
      const field =
        kind === "fill"
          ? made("input", { "aria-label": called, autocomplete: "off" })
          : made("textarea", { "aria-label": called, rows: 4 });
      field.value = before[n] ?? "";
      field.addEventListener("input", store);
      return field;
    });
    replies = () => fields.map((field) => field.value);
  }
  const judge = async (event) => {
    event.preventDefault();
    const given = replies();
    const answer = await ask({ do: "judge", name, number, replies: given });
    if (isSame(given, replies())) said.replaceChildren(...judged(answer));
  };
  return made(
    "form",
    { onsubmit: judge },
    made(
      "fieldset",
      {},
      made("legend", {}, `Question ${number} of ${total}`),
      paragraph(text),
      ...fields,
      made("div", { class: "row-of" }, made("button", { class: "first" }, kind === "short" ? "Compare" : "Mark")),
      said,
    ),
  );
}

function judged(answer) {
  if (answer.errors) return [listed(answer.errors)];
  if (answer.model !== undefined) {
    return [
      paragraph("A good answer:", "verdict"),
      paragraph(answer.model),
      answer.found.length ? paragraph(`✓ Yours mentions: ${answer.found.join(", ")}.`) : null,
      answer.missing.length ? paragraph(`– Not found in yours: ${answer.missing.join(", ")}.`) : null,
    ].filter(Boolean);
  }
  const verdict = made("span", { class: "verdict" }, `${answer.sign} ${answer.said}`);
  const right = answer.right ? ` It is: ${answer.right}` : "";
  return [
    made("p", { class: answer.verdict }, verdict, right),
    ...(answer.why ? [paragraph(answer.why)] : []),
  ];
}

// --- explanations ---

function showTopics(name) {
  const items = site.topics.map((each) =>
    made(
      "li",
      {},
      made("a", { href: `#explain:${encodeURIComponent(each.name)}` }, each.name),
      made("span", { class: "quiet" }, each.title),
    ),
  );
  if (!name) {
    view.replaceChildren(made("h1", {}, "Explain"), made("ul", { class: "problems" }, ...items));
    return;
  }
  const box = made("div");
  const back = made("a", { href: "#explain:" }, "All topics");
  view.replaceChildren(made("p", {}, back), box);
  const letter = made("span", {}, "0".repeat(100));
  const measure = made("pre", { class: "text" }, letter);
  view.append(measure);
  const columns = Math.floor((100 * view.clientWidth) / letter.getBoundingClientRect().width);
  measure.remove();
  fill(box, ask({ do: "explain", topic: name, columns }), ({ title, text }) => {
    titled(title);
    box.replaceChildren(made("pre", { class: "text", tabindex: "0" }, text));
  });
}

// --- the beginning ---

async function start() {
  if (typeof WebAssembly !== "object" || typeof Worker !== "function") {
    loading.replaceChildren();
    view.replaceChildren(
      paragraph("This browser has no WebAssembly, which Python needs here. A newer one has it.", "notice"),
    );
    return;
  }
  let text;
  try {
    const response = await fetch("site.json");
    if (!response.ok) throw new Error(`site.json: ${response.status} ${response.statusText}`);
    text = await response.text();
    site = JSON.parse(text);
  } catch (error) {
    const hint = location.protocol === "file:" ? " A page needs a web server: python -m http.server" : "";
    broken(`${error.message}.${hint}`);
    return;
  }
  for (const [place, all] of [["problems", site.problems], ["quiz", site.quizzes]]) {
    document.querySelector(`[data-place=${place}]`).hidden = !all.length;
  }
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault(); // an address here is a place
    view.focus();
  });
  addEventListener("hashchange", () => {
    const before = turn;
    go();
    if (turn !== before) {
      scrollTo(0, 0);
      view.focus({ preventScroll: true });
    }
  });
  go();
  begin(site, text);
}

start();
