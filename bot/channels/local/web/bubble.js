// One message: the bubble, what it carries, and the buttons under it.

import { el, icon } from "/web/dom.js";
import { displayName, face } from "/web/people.js";
import { rich, startPayload } from "/web/rich.js";
import { size, time, word } from "/web/words.js";
import { fileAddress } from "/web/wire.js";

/** The list item for a message; `on` says what its parts do. */
export function bubble(message, on) {
  const own = !message.from.is_bot;
  const body = el("div", { class: "bubble" }, ...origin(message, on), ...content(message, on), meta(message));
  const bill = message.invoice && [[{ text: `${word("pay")} ⭐ ${message.invoice.total_amount}`, pay: true }]];
  const buttons = bill ?? message.reply_markup?.inline_keyboard ?? [];
  const kind = [own && "own", buttons.length && "keyed", message.photo && "pictured"].filter(Boolean).join(" ");
  const item = el("li", { class: `message ${kind}`, "data-id": message.message_id }, body);
  if (buttons.length) item.append(keys(buttons, message, on));
  if (own && message.text) {
    item.addEventListener("dblclick", (event) => event.target.closest("button, a") || on.edit(message));
  }
  return item;
}

/** A short line of what a message says, for lists and quotes. */
export function summary(message) {
  if (!message) return "";
  if (message.photo) return message.caption ?? word("photo");
  if (message.document) return message.document.file_name;
  if (message.voice) return word("voice");
  if (message.contact) return `${word("contact")}: ${displayName(message.contact)}`;
  if (message.invoice) return message.invoice.title;
  if (message.successful_payment) return money("paid", message.successful_payment);
  if (message.refunded_payment) return money("refunded", message.refunded_payment);
  return message.text ?? "";
}

function origin(message, on) {
  const parts = [];
  if (message.forward_origin) {
    const name = displayName(message.forward_origin.sender_user);
    parts.push(el("div", { class: "origin", dir: "auto", text: `${word("forwarded")} ${name}` }));
  }
  const replied = message.reply_to_message;
  if (replied) {
    const jump = () => on.jump(replied.message_id);
    parts.push(el("button", { type: "button", class: "quote", dir: "auto", text: summary(replied), onclick: jump }));
  }
  return parts;
}

function content(message, on) {
  const words = text(message, on);
  if (message.photo) {
    const picture = photo(message, on);
    return message.show_caption_above_media ? [...words, picture] : [picture, ...words];
  }
  if (message.document) return [file(message.document), ...words];
  if (message.voice) return [voice(message.voice), ...words];
  if (message.contact) return [card(message.contact)];
  if (message.invoice) return [bill(message.invoice)];
  if (message.successful_payment || message.refunded_payment) return [el("div", { class: "text", text: summary(message) })];
  return words;
}

const money = (what, { total_amount }) => `${word(what)} ⭐ ${total_amount}`;

function bill({ title, description }) {
  const lines = [el("b", { dir: "auto", text: title }), el("span", { dir: "auto", text: description })];
  return el("div", { class: "bill" }, ...lines);
}

function text(message, on) {
  const words = message.text ?? message.caption;
  if (!words) return [];
  const nodes = rich(words, message.entities ?? message.caption_entities, on);
  return [el("div", { class: "text", dir: "auto" }, ...nodes)];
}

function photo(message, on) {
  const { file_id, width, height } = message.photo.at(-1);
  const address = fileAddress(file_id);
  const alt = message.caption ?? word("photo");
  const image = el("img", { src: address, alt, width, height, decoding: "async" });
  const node = el("button", { type: "button", class: "picture", "aria-label": alt }, image);
  if (message.has_media_spoiler) node.classList.add("veiled");
  node.addEventListener("click", () => {
    if (node.classList.contains("veiled")) node.classList.remove("veiled");
    else on.enlarge(address, alt);
  });
  return node;
}

function voice({ file_id }) {
  return el("audio", { controls: true, preload: "metadata", src: fileAddress(file_id) });
}

function file(document) {
  const about = el("small", { text: size(document.file_size) });
  const name = el("span", {}, el("b", { dir: "auto", text: document.file_name }), about);
  const address = fileAddress(document.file_id);
  return el("a", { class: "file", href: address, download: document.file_name }, el("span", {}, icon("file")), name);
}

function card(contact) {
  const name = displayName(contact);
  const phone = el("small", { dir: "ltr", text: contact.phone_number });
  const lines = el("span", {}, el("b", { dir: "auto", text: name }), phone);
  return el("div", { class: "card" }, face(el("span", { class: "avatar" }), contact.user_id, name), lines);
}

function meta(message) {
  const edited = message.edit_date ? el("span", { text: word("edited") }) : null;
  const locked = message.has_protected_content ? icon("lock") : null;
  const sent = el("time", { datetime: new Date(message.date * 1000).toISOString(), text: time(message.date) });
  return el("div", { class: "meta" }, locked, edited, sent);
}

function keys(rows, message, on) {
  const group = el("div", { class: "keys-inline", role: "group" });
  for (const row of rows) group.append(el("div", { class: "row" }, ...row.map((button) => key(button, message, on))));
  return group;
}

function key(button, message, on) {
  const style = { class: `key ${button.style ?? ""}`, dir: "auto" };
  const address = button.url ?? button.web_app?.url;
  if (address && startPayload(address, on.bot) === null) {
    const link = { href: address, target: "_blank", rel: "noopener noreferrer" };
    return el("a", { ...style, ...link, text: button.text }, icon("link"));
  }
  const node = el("button", { ...style, type: "button", text: button.text });
  node.addEventListener("click", () => {
    if (address) on.command(`/start ${startPayload(address, on.bot)}`.trim());
    else if (button.pay) on.pay(message, node);
    else if (button.copy_text) on.copy(button.copy_text.text);
    else on.press(message.message_id, button.callback_data, node);
  });
  return node;
}
