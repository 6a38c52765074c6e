// The place to write: text, commands, files, the bot's own keyboard.

import { el } from "/web/dom.js";
import { word } from "/web/words.js";

export class Composer {
  /** `root` is a pane's footer; `on` says what its acts do; `person` gives the person as they are now. */
  constructor(root, person, on) {
    const find = (selector) => root.querySelector(selector);
    Object.assign(this, { root, person, on, edited: null, chosen: -1, kind: "document" });
    this.form = find(".composer");
    this.input = find("textarea");
    this.list = find(".commands");
    this.attachMenu = find(".attach-menu");
    this.panel = find(".reply-keyboard");
    this.editing = find(".editing");
    this.picker = find("input[type=file]");
    this.buttons = { menu: find(".menu"), keys: find(".keys"), attach: find(".attach") };
    this.list.id = `commands-${person().id}`;
    this.input.setAttribute("aria-controls", this.list.id);
    this.listen(find);
  }

  listen(find) {
    this.form.addEventListener("submit", (event) => (event.preventDefault(), this.send()));
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("input", () => this.suggest());
    this.input.addEventListener("paste", (event) => this.paste(event));
    this.buttons.menu.addEventListener("click", () => this.toggleMenu());
    this.buttons.keys.addEventListener("click", () => this.togglePanel(this.panel.hidden));
    this.buttons.attach.addEventListener("click", () => this.toggleAttach(this.attachMenu.hidden));
    for (const button of this.attachMenu.children) {
      button.addEventListener("click", () => this.attach(button.dataset.kind));
    }
    this.picker.addEventListener("change", () => this.picked());
    find(".editing button").addEventListener("click", () => this.edit(null));
    find(".start").addEventListener("click", () => this.on.say("/start"));
    find(".unblock").addEventListener("click", () => this.on.unblock());
    this.root.addEventListener("keydown", (event) => event.key === "Escape" && this.close());
    document.addEventListener("pointerdown", (event) => this.root.contains(event.target) || this.close());
  }

  /** Show what this person may do now, and the keyboard that lies open. */
  refresh() {
    const { started, blocked, keyboard } = this.person();
    this.form.hidden = blocked || !started;
    this.root.querySelector(".start").hidden = blocked || started;
    this.root.querySelector(".unblock").hidden = !blocked;
    this.input.placeholder = keyboard?.input_field_placeholder ?? word("message");
    const shape = JSON.stringify(keyboard);
    if (shape !== this.shape) this.layKeys(keyboard);
    this.shape = shape;
    if (blocked || !started) this.togglePanel(false);
  }

  layKeys(keyboard) {
    const rows = keyboard?.keyboard ?? [];
    this.buttons.keys.hidden = rows.length === 0;
    const keys = (row) => row.map((button) => this.replyKey(button, keyboard));
    this.panel.replaceChildren(...rows.map((row) => el("div", { class: "row" }, ...keys(row))));
    this.togglePanel(rows.length > 0);
  }

  replyKey(button, keyboard) {
    const node = el("button", { type: "button", class: `key ${button.style ?? ""}`, dir: "auto", text: button.text });
    node.addEventListener("click", () => {
      if (button.request_contact) this.on.contact();
      else if (button.web_app) window.open(button.web_app.url, "_blank", "noopener");
      else this.on.say(button.text);
      if (keyboard.one_time_keyboard && !button.request_contact) this.togglePanel(false);
    });
    return node;
  }

  togglePanel(open) {
    this.panel.hidden = !open;
    this.buttons.keys.setAttribute("aria-expanded", open);
    this.on.resized();
  }

  send() {
    const text = this.input.value.trim();
    if (!text) return;
    if (this.edited) this.on.edit(this.edited.message_id, text);
    else this.on.say(text);
    this.edit(null);
  }

  /** Begin to change one's own message, or with null write a new one. */
  edit(message) {
    this.edited = message;
    this.editing.hidden = !message;
    this.input.value = message?.text ?? "";
    this.close();
    this.input.focus();
  }

  key(event) {
    if (event.isComposing) return; // a Chinese or Japanese word is being chosen: Enter belongs to that
    const open = !this.list.hidden;
    const row = open ? this.list.children[this.chosen] : undefined;
    if (open && event.key === "ArrowDown") this.choose(this.chosen + 1);
    else if (open && event.key === "ArrowUp") this.choose(this.chosen - 1);
    else if (row && ["Enter", "Tab"].includes(event.key)) this.take(row);
    else if (event.key === "Enter" && !event.shiftKey) this.send();
    else if (event.key === "Escape" && !open && this.edited) this.edit(null);
    else if (event.key === "ArrowUp" && !this.input.value) this.edit(this.on.lastOwn());
    else return;
    event.preventDefault();
  }

  suggest() {
    const typed = /^\/(\w*)$/.exec(this.input.value)?.[1].toLowerCase();
    const found = this.person().commands.filter(({ command }) => command.startsWith(typed));
    if (found.length) this.offer(found, 0);
    else this.close();
  }

  toggleMenu() {
    if (this.list.hidden) this.offer(this.person().commands);
    else this.close();
  }

  offer(commands, chosen = -1) {
    if (!commands.length) return;
    const rows = commands.map(({ command, description }, index) => {
      const name = el("b", { text: `/${command}`, dir: "ltr" });
      const row = el("li", { role: "option", id: `${this.list.id}-${index}`, "data-command": command }, name);
      row.append(el("span", { text: description, dir: "auto" }));
      row.addEventListener("click", () => this.take(row));
      return row;
    });
    this.list.replaceChildren(...rows);
    this.list.hidden = false;
    this.buttons.menu.setAttribute("aria-expanded", true);
    this.choose(chosen);
    this.input.focus();
  }

  choose(index) {
    const rows = [...this.list.children];
    this.chosen = index < 0 ? (this.chosen < 0 ? -1 : rows.length - 1) : index % rows.length;
    rows.forEach((row, at) => row.setAttribute("aria-selected", at === this.chosen));
    rows[this.chosen]?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", rows[this.chosen]?.id ?? "");
  }

  take(row) {
    this.on.say(`/${row.dataset.command}`);
    this.input.value = "";
    this.close();
  }

  close() {
    this.list.hidden = true;
    this.chosen = -1;
    this.buttons.menu.setAttribute("aria-expanded", false);
    this.input.removeAttribute("aria-activedescendant");
    this.toggleAttach(false);
  }

  toggleAttach(open) {
    this.attachMenu.hidden = !open;
    this.buttons.attach.setAttribute("aria-expanded", open);
    if (open) this.attachMenu.firstElementChild.focus();
  }

  attach(kind) {
    this.toggleAttach(false);
    if (kind === "voice") return this.on.upload("voice");
    this.kind = kind;
    this.picker.accept = kind === "photo" ? "image/png,image/jpeg,image/webp,image/gif" : "";
    this.picker.click();
  }

  picked() {
    for (const file of this.picker.files) this.on.upload(this.kind, file, this.input.value.trim());
    this.input.value = "";
    this.picker.value = "";
  }

  paste(event) {
    const image = [...event.clipboardData.files].find((file) => file.type.startsWith("image/"));
    if (!image) return;
    event.preventDefault();
    this.on.upload("photo", image);
  }
}
