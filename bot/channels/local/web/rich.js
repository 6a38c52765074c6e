// Text with entities, as DOM nodes. Offsets are UTF-16 code units, as JavaScript counts.

import { el } from "/web/dom.js";

const TAGS = {
  bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code", mention: "span", hashtag: "span",
  cashtag: "span", phone_number: "span", text_mention: "b", custom_emoji: "span", date_time: "span",
};
const SAFE = /^(https?|tg|mailto|tonsite|ftp):/i;

/** Nodes for text[from, to); `on.command` and `on.start` are told of what the reader taps. */
export function rich(text, entities = [], on = {}, from = 0, to = text.length) {
  const nodes = [];
  let at = from;
  for (let i = 0; i < entities.length; i++) {
    const entity = entities[i];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (end <= start) continue;
    if (start > at) nodes.push(text.slice(at, start));
    const inner = rich(text, entities.slice(i + 1).filter((e) => e.offset < end), on, start, end);
    nodes.push(wrap(entity, text.slice(start, end), inner, on));
    at = end;
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}

function wrap(entity, words, inner, on) {
  switch (entity.type) {
    case "spoiler": return spoiler(inner);
    case "pre": return el("pre", { "data-language": entity.language, translate: "no" }, ...inner);
    case "blockquote": return el("blockquote", {}, ...inner);
    case "expandable_blockquote": return folded(inner);
    case "bot_command": return command(words, inner, on);
    case "url": return link(words, inner, on);
    case "text_link": return link(entity.url, inner, on);
    case "email": return link(`mailto:${words}`, inner, on);
    default: return el(TAGS[entity.type] ?? "span", {}, ...inner);
  }
}

function link(address, inner, on) {
  if (!SAFE.test(address)) return el("span", {}, ...inner);
  const payload = startPayload(address, on.bot);
  const node = el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...inner);
  if (payload !== null) {
    node.addEventListener("click", (event) => {
      event.preventDefault();
      on.command(`/start ${payload}`.trim());
    });
  }
  return node;
}

function command(words, inner, on) {
  return el("button", { type: "button", class: "command", onclick: () => on.command(words) }, ...inner);
}

/** The payload of a deep link to this very bot, or null. */
export function startPayload(address, bot) {
  try {
    const url = new URL(address);
    const here = url.host === "t.me" && url.pathname === `/${bot}`;
    return here ? (url.searchParams.get("start") ?? "") : null;
  } catch {
    return null;
  }
}

function spoiler(inner) {
  const open = () => node.classList.add("open");
  const node = el("span", { class: "spoiler", role: "button", tabindex: 0, onclick: open }, ...inner);
  node.addEventListener("keydown", (event) => ["Enter", " "].includes(event.key) && open());
  return node;
}

function folded(inner) {
  const toggle = () => node.classList.toggle("folded");
  const node = el("blockquote", { class: "folded", tabindex: 0, onclick: toggle }, ...inner);
  node.addEventListener("keydown", (event) => event.key === "Enter" && toggle());
  return node;
}
