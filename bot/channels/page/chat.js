// The chat of one browser tab. Nothing is kept outside this tab's memory.
"use strict";

const words = document.getElementById("words").dataset;
const log = document.getElementById("log");
const form = document.getElementById("composer");
const box = document.getElementById("question");
const exit = document.getElementById("exit");
const session = Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
const turns = [];
let offered = [];

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function bubble(who, text) {
  const made = element("article", who);
  made.append(element("span", "hidden", who === "user" ? words.you : words.bot), element("p", "", text));
  log.append(made);
  reveal(made);
  return made;
}

// Either the log scrolls or, where there is little height, the page; `scrollIntoView` alone would move the way out away.
function reveal(made) {
  if (getComputedStyle(log).overflowY === "visible") made.scrollIntoView();
  else log.scrollTop = made.offsetTop - log.offsetTop - 8;
}

// A line that ends in a colon heads what follows; a numbered or dashed line hangs under it; the numbers of a card can be called.
function write(paragraph, text, callable) {
  for (const line of text.split("\n")) {
    const kind = /:\s*$/.test(line) ? "head" : /^(\d+\.|[-•–]) /.test(line) ? "item" : "line";
    const made = element("span", kind);
    for (const part of callable ? line.split(/(?<=: )(\d[\d ]{1,12}\d)/) : [line]) {
      if (!/^\d[\d ]+$/.test(part)) made.append(part);
      else made.append(Object.assign(element("a", "", part), { href: `tel:${part.replaceAll(" ", "")}` }));
    }
    paragraph.append(made);
  }
}

function choices(labels) {
  const group = element("div", "options");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", words.choices);
  for (const { label, action } of labels) {
    const button = element("button", "", label);
    button.type = "button";
    button.addEventListener("click", () => ask(label, action));
    group.append(button);
  }
  return group;
}

// Documents are kept with the signs that made words bold; a reader wants the words.
const printed = (text) => text.replaceAll("**", "");

function citation(entry) {
  const made = element("details");
  const year = entry.place?.includes(entry.year) ? null : entry.year;
  const place = [entry.number, entry.place, year, entry.section && `${words.section} ${entry.section}`].filter(Boolean);
  const head = (place.length ? place.join(" · ") : entry.source) + (entry.is_digest ? ` (${words.digest})` : "");
  made.append(element("summary", "", head), element("p", "small", entry.title || entry.source), element("blockquote", "", printed(entry.quote)));
  const more = element("button", "", words.context);
  more.type = "button";
  more.addEventListener("click", async () => {
    const answer = await fetch("/api/context", post({ source: entry.source, quote: entry.quote })).catch(() => null);
    if (!answer?.ok) return;
    const around = await answer.json();
    const shown = element("div", "context");
    shown.tabIndex = 0;
    shown.setAttribute("role", "region");
    shown.setAttribute("aria-label", words.contextLabel);
    shown.append(printed(around.before), element("mark", "", printed(around.quote)), printed(around.after));
    more.replaceWith(shown);
  });
  made.append(more);
  return made;
}

function post(body) {
  const signal = AbortSignal.timeout(20_000);
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal };
}

function show(made, reply) {
  const paragraph = made.querySelector("p");
  paragraph.replaceChildren();
  write(paragraph, reply.text, reply.kind === "referral");
  for (const entry of reply.citations) made.append(citation(entry));
  offered = reply.buttons ?? [];
  if (offered.length) made.append(choices(offered));
  made.removeAttribute("aria-busy");
  reveal(made);
}

function forget() {
  turns.length = 0;
  for (const old of [...log.children].slice(1)) old.remove();
  box.value = "";
}

async function ask(text, action) {
  if (!text.trim()) return;
  bubble("user", text);
  const made = bubble("bot", words.waiting);
  made.setAttribute("aria-busy", "true");
  try {
    const language = document.documentElement.lang;
    const body = { question: text, history: turns.slice(-12), session, language, ...(action ? { action } : {}) };
    const answer = await fetch("/api/ask", post(body));
    const reply = await answer.json();
    if (!made.isConnected) return;
    if (reply.forget) {
      forget();
      return show(bubble("bot", ""), reply);
    }
    show(made, reply);
    // What is pressed on a card is no word of the talk: a province chosen there is not what a later question is about.
    if (answer.ok && !action?.startsWith("help:")) turns.push({ role: "user", text }, { role: "bot", text: reply.text });
  } catch {
    show(made, { text: words.failed, citations: [] });
  }
}

function leave(event) {
  event?.preventDefault();
  forget();
  document.body.replaceChildren();
  location.replace(exit.href);
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value;
  const typed = text.trim().toLowerCase();
  box.value = "";
  box.style.height = "";
  if (typed === exit.textContent.toLowerCase()) return leave();
  const number = /^\(?(?:số|chọn|câu)?\s*(\d{1,2})[.)]?$/.exec(typed)?.[1];
  const picked = offered[number - 1] ?? offered.find(({ label }) => label.toLowerCase() === typed);
  ask(picked?.label ?? text, picked?.action);
});
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
box.addEventListener("input", () => {
  box.style.height = "";
  box.style.height = `${box.scrollHeight}px`;
});
exit.addEventListener("click", leave);
document.getElementById("other").addEventListener("click", (event) => ask(event.target.textContent, "help:other"));
let shifts = [];
document.addEventListener("keyup", (event) => {
  shifts = event.key === "Shift" ? [...shifts.filter((at) => event.timeStamp - at < 1500), event.timeStamp] : [];
  if (shifts.length >= 3) leave();
});
for (const one of document.querySelectorAll("#starters button")) one.addEventListener("click", () => ask(one.textContent));
addEventListener("pageshow", (event) => event.persisted && forget());
