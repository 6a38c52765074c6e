// The desk: who is here, whose chats lie open, and what the server tells.

import { summary } from "/web/bubble.js";
import { copy } from "/web/dom.js";
import { Pane } from "/web/pane.js";
import { displayName, face } from "/web/people.js";
import { locale, time, translate, word } from "/web/words.js";
import { follow } from "/web/wire.js";

const byId = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 46rem)");
const people = new Map();
const panes = new Map();
const unread = new Map();
let bot = "";
let open = location.hash.slice(1).split(",").map(Number).filter(Boolean);
let columns = open.length > 1;

document.documentElement.lang = locale;
translate(document.body);

const handlers = {
  state({ people: everyone, bot: user }) {
    bot = user.username;
    people.clear();
    for (const person of everyone) people.set(person.id, withMessages(person, person.messages));
    for (const [id, pane] of panes) if (people.has(id)) pane.rebuild(people.get(id));
    show(open);
  },
  person({ chat_id, person }) {
    people.set(chat_id, { ...person, messages: people.get(chat_id)?.messages ?? new Map() });
    panes.get(chat_id)?.refresh(people.get(chat_id));
  },
  message({ chat_id, message }) {
    const { messages } = people.get(chat_id);
    if (messages.has(message.message_id)) return; // it came with the state already
    messages.set(message.message_id, message);
    panes.get(chat_id)?.add(message);
    const seen = open.includes(chat_id) && !document.hidden;
    if (message.from.is_bot && !seen) unread.set(chat_id, (unread.get(chat_id) ?? 0) + 1);
  },
  edit({ chat_id, message }) {
    people.get(chat_id).messages.set(message.message_id, message);
    panes.get(chat_id)?.change(message);
  },
  delete({ chat_id, message_id }) {
    people.get(chat_id).messages.delete(message_id);
    panes.get(chat_id)?.remove(message_id);
  },
  action: ({ chat_id, action }) => panes.get(chat_id)?.action(action),
  answer: (event) => panes.get(event.chat_id)?.answer(event),
};

const withMessages = (person, messages) => ({ ...person, messages: new Map(messages.map((m) => [m.message_id, m])) });

/** Lay these people's chats open, in the order of the list. */
function show(ids) {
  const known = [...people.keys()].filter((id) => ids.includes(id));
  const wanted = known.length ? known : [...people.keys()].slice(0, 1);
  open = columns && !narrow.matches ? wanted : wanted.slice(0, 1);
  for (const [id, pane] of panes) if (!open.includes(id)) (pane.root.remove(), panes.delete(id));
  for (const id of open) {
    if (!panes.has(id)) panes.set(id, new Pane(people.get(id), people, bot, () => show(without(id))));
    unread.delete(id);
  }
  const main = byId("panes");
  main.classList.toggle("columns", open.length > 1);
  open.forEach((id, at) => {
    const pane = panes.get(id).root; // one that is there already stays: moving it would lose its scroll and focus
    if (main.children[at] !== pane) main.insertBefore(pane, main.children[at] ?? null);
  });
  history.replaceState(null, "", `#${open.join(",")}`);
  list();
}

const without = (id) => open.filter((other) => other !== id);

function choose(id) {
  if (columns && !narrow.matches) show(open.includes(id) ? without(id) : [...open, id]);
  else show([id]);
  panes.get(id)?.composer.input.focus({ preventScroll: true });
}

/** Draw the list of people; rows are kept, so that focus stays where it is. */
function list() {
  const root = byId("people");
  for (const person of people.values()) {
    const row = root.querySelector(`[data-person="${person.id}"]`) ?? newRow(person);
    if (!row.parentNode) root.append(row);
    draw(row, person);
  }
  for (const row of [...root.children]) if (!people.has(Number(row.dataset.person))) row.remove();
  const total = [...unread.values()].reduce((sum, count) => sum + count, 0);
  document.title = (total ? `(${total}) ` : "") + "Candor";
  byId("columns").setAttribute("aria-pressed", columns);
}

function newRow(person) {
  const row = copy("t-person");
  row.dataset.person = person.id;
  row.querySelector("button").addEventListener("click", () => choose(person.id));
  return row;
}

function draw(row, person) {
  const find = (selector) => row.querySelector(selector);
  const last = [...person.messages.values()].at(-1);
  const count = unread.get(person.id) ?? 0;
  const name = displayName(person);
  face(find(".avatar"), person.id, name);
  find("b").textContent = name;
  find("time").textContent = last ? time(last.date) : "";
  find(".last span").textContent = last ? summary(last) : word(person.role);
  find(".unread").textContent = count;
  find(".unread").hidden = !count;
  find("button").setAttribute("aria-current", open.includes(person.id));
  find("button").setAttribute("aria-label", count ? `${name}, ${count} ${word("unread")}` : name);
  find("button").title = person.role ? `${name} · ${word(person.role)}` : name;
}

byId("columns").addEventListener("click", () => {
  columns = !columns;
  const next = [...people.keys()].find((id) => !open.includes(id));
  show(columns && next ? [...open, next] : open);
});

byId("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  root.dataset.theme = localStorage.theme = (root.dataset.theme ?? system) === "dark" ? "light" : "dark";
});
if (localStorage.theme) document.documentElement.dataset.theme = localStorage.theme;

narrow.addEventListener("change", () => show(open));
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const id of open) unread.delete(id);
  list();
});

follow(
  (event) => {
    handlers[event.kind]?.(event);
    if (event.kind !== "action") list();
  },
  (online) => (byId("offline").hidden = online),
);
