// One person's chat with the bot.

import { bubble } from "/web/bubble.js";
import { Composer } from "/web/composer.js";
import { askContact, askPayment, enlarge, showAlert } from "/web/dialogs.js";
import { copy, el } from "/web/dom.js";
import { displayName, face, hue, LANGUAGES, script } from "/web/people.js";
import { day, translate, word } from "/web/words.js";
import { act, upload } from "/web/wire.js";

const SPOKEN = ".blank, ol, textarea, .commands, .reply-keyboard, .toast"; // in the person's language
const NEAR = 80; // pixels from the end at which the reader is taken to be reading the end

export class Pane {
  /** `people` is everyone; `bot` the bot's user name; `onClose` takes the pane away. */
  constructor(person, people, bot, onClose) {
    this.person = person;
    this.people = people;
    this.root = copy("t-pane");
    translate(this.root);
    this.find = (selector) => this.root.querySelector(selector);
    this.log = this.find(".log");
    this.list = this.find("ol");
    this.root.dataset.person = person.id;
    this.root.style.setProperty("--hue", hue(person.id));
    this.waiting = new Map(); // pressed buttons by the id of their query
    this.early = new Set(); // answers that overtook the outcome of their press
    this.on = {
      bot,
      press: (id, data, node) => this.press(id, data, node),
      pay: (message, node) => this.pay(message, node),
      command: (text) => this.say(text),
      copy: (text) => navigator.clipboard.writeText(text).then(() => this.toast(word("copied"))),
      edit: (message) => this.composer.edit(message),
      jump: (id) => this.item(id)?.scrollIntoView({ block: "center", behavior: "smooth" }),
      enlarge,
    };
    this.composer = new Composer(this.find("footer"), () => this.person, this.acts());
    this.header(onClose);
    this.log.addEventListener("scroll", () => this.marked());
    new ResizeObserver(() => this.resized()).observe(this.find("footer"));
    this.rebuild(person);
  }

  acts() {
    return {
      say: (text) => this.say(text),
      edit: (message_id, text) => this.do("edit", { message_id, text }),
      unblock: () => this.do("block", { blocked: false }),
      contact: () => this.contact(),
      upload: (kind, file, caption) => this.try(upload(this.person.id, kind, file, caption)),
      lastOwn: () => [...this.person.messages.values()].findLast((m) => !m.from.is_bot && m.text) ?? null,
      resized: () => this.stuck !== false && this.toEnd(),
    };
  }

  header(onClose) {
    const select = this.find("select");
    const known = { [this.person.language_code]: this.person.language_code, ...LANGUAGES };
    select.append(...Object.entries(known).map(([code, name]) => el("option", { value: code, text: name })));
    select.addEventListener("change", () => this.do("language", { code: select.value }));
    this.find(".block").addEventListener("click", () => this.do("block", { blocked: !this.person.blocked }));
    this.find(".close").addEventListener("click", onClose);
    this.find(".latest").addEventListener("click", () => this.toEnd());
  }

  /** Draw everything anew from the person. */
  rebuild(person) {
    this.list.replaceChildren();
    this.lastDay = null;
    this.refresh(person);
    for (const message of person.messages.values()) this.append(message);
    requestAnimationFrame(() => this.toEnd());
  }

  /** Draw what can change about a person. */
  refresh(person) {
    this.person = person;
    this.name = displayName(person);
    this.find("h2").textContent = person.bot_name;
    face(this.find("header .avatar"), person.id, this.name);
    face(this.find(".blank .avatar"), 1, person.bot_name);
    this.find(".blank h3").textContent = person.bot_name;
    this.find(".blank p").textContent = person.description || word("blank");
    this.find("select").value = person.language_code;
    this.find(".block").setAttribute("aria-pressed", person.blocked);
    for (const node of this.root.querySelectorAll(SPOKEN)) node.lang = script(person.language_code);
    this.status();
    this.blank();
    this.composer.refresh();
  }

  status(busy = false) {
    const line = this.find(".status");
    const role = this.person.role ? ` · ${word(this.person.role)}` : "";
    line.textContent = busy ? word("typing") : `${word("as")} ${this.name}${role}`;
    line.classList.toggle("busy", busy);
  }

  blank() {
    const empty = this.person.messages.size === 0;
    this.find(".blank").hidden = !empty;
    this.list.hidden = empty;
  }

  item(id) {
    return this.list.querySelector(`[data-id="${id}"]`);
  }

  append(message) {
    const name = day(message.date);
    if (name !== this.lastDay) this.list.append(el("li", { class: "day", text: name }));
    this.lastDay = name;
    const item = bubble(message, this.on);
    const before = this.list.lastElementChild;
    item.classList.toggle("turn", before?.classList.contains("own") !== item.classList.contains("own"));
    this.list.append(item);
  }

  /** A new message. */
  add(message) {
    const follow = this.atEnd() || !message.from.is_bot;
    if (message.from.is_bot) this.action(null);
    this.blank();
    this.append(message);
    if (follow) this.toEnd();
    else this.marked();
  }

  /** An edited message, in the place of the old one. */
  change(message) {
    const old = this.item(message.message_id);
    if (!old) return;
    const follow = this.atEnd();
    const focused = old.contains(document.activeElement);
    const item = bubble(message, this.on);
    item.classList.toggle("turn", old.classList.contains("turn"));
    item.classList.add("still");
    this.keepPlace(old, () => old.replaceWith(item));
    if (focused) (item.querySelector(".key") ?? this.composer.input).focus({ preventScroll: true });
    if (follow) this.toEnd();
  }

  /** A deleted message. */
  remove(id) {
    const old = this.item(id);
    if (!old) return;
    this.keepPlace(old, () => old.remove());
    this.blank();
  }

  /** Change something above the reader without moving what they read. */
  keepPlace(item, change) {
    const above = item.offsetTop + item.offsetHeight < this.log.scrollTop + this.log.offsetTop;
    const height = this.log.scrollHeight;
    change();
    if (above) this.log.scrollTop += this.log.scrollHeight - height;
  }

  /** What the bot is busy with; null ends it. */
  action(name) {
    clearTimeout(this.quiet);
    this.find(".typing").hidden = !name;
    this.status(Boolean(name));
    if (!name) return;
    this.quiet = setTimeout(() => this.action(null), 5000);
    if (this.atEnd()) this.toEnd();
  }

  /** The bot's answer to a pressed button. */
  answer({ query_id, text, alert, url }) {
    if (this.waiting.has(query_id)) this.settle(query_id);
    else this.early.add(query_id);
    if (alert && text) showAlert(text);
    else if (text) this.toast(text);
    if (/^https?:/i.test(url)) window.open(url, "_blank", "noopener");
  }

  toast(text) {
    const node = this.find(".toast");
    clearTimeout(this.fading);
    node.textContent = text;
    node.hidden = false;
    this.fading = setTimeout(() => (node.hidden = true), 3500);
  }

  atEnd() {
    return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.marked();
  }

  marked() {
    this.stuck = this.atEnd();
    this.find(".latest").hidden = this.stuck;
  }

  resized() {
    this.root.style.setProperty("--footer", `${this.find("footer").offsetHeight}px`);
    if (this.stuck !== false) this.toEnd();
  }

  press(message_id, data, node) {
    return this.wait("press", { message_id, data }, node);
  }

  async pay(message, node) {
    if (await askPayment(message.invoice)) await this.wait("pay", { message_id: message.message_id }, node);
  }

  async wait(name, details, node) {
    node.classList.add("waiting");
    setTimeout(() => node.classList.remove("waiting"), 10000);
    const done = await this.do(name, details);
    this.waiting.set(done?.id, node);
    if (!done || this.early.delete(done.id)) this.settle(done?.id);
  }

  settle(query_id) {
    this.waiting.get(query_id).classList.remove("waiting");
    this.waiting.delete(query_id);
  }

  async contact() {
    const chosen = await askContact(this.person, [...this.people.values()]);
    if (chosen) await this.do("contact", chosen);
    this.composer.input.focus();
  }

  say(text) {
    return this.do("say", { text });
  }

  do(name, details) {
    return this.try(act(this.person.id, name, details));
  }

  /** The outcome, or null with a toast that says why not. */
  async try(promise) {
    try {
      return await promise;
    } catch (problem) {
      this.toast(problem.message);
      return null;
    }
  }
}

