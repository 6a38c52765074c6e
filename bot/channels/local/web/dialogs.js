// What lies over the page for a moment: an alert, a large picture, the questions before a contact is shared and a bill is paid.

import { el } from "/web/dom.js";
import { displayName } from "/web/people.js";
import { word } from "/web/words.js";

const byId = (id) => document.getElementById(id);

export function showAlert(text) {
  const dialog = byId("alert");
  dialog.querySelector("p").textContent = text;
  dialog.showModal();
}

export function enlarge(address, alt) {
  const dialog = byId("photo");
  Object.assign(dialog.querySelector("img"), { src: address, alt });
  dialog.showModal();
}

/** Ask whose contact to share; gives {user_id, phone}, or null. */
export function askContact(person, others) {
  const dialog = byId("contact");
  const form = dialog.querySelector("form");
  const { user_id: whose, phone } = form.elements;
  const stranger = { id: 799999, first_name: word("stranger"), phone: "+12025550199" };
  const cards = [person, ...others.filter(({ id }) => id !== person.id), stranger];
  const label = (card) => (card === person ? `${displayName(card)} (${word("own")})` : displayName(card));
  whose.replaceChildren(...cards.map((card) => el("option", { value: card.id, text: label(card) })));
  whose.onchange = () => (phone.value = cards[whose.selectedIndex].phone);
  phone.value = person.phone;
  dialog.returnValue = "";
  dialog.showModal();
  form.querySelector(".primary").focus();
  return new Promise((resolve) => {
    dialog.onclose = () => {
      const shared = dialog.returnValue === "share";
      resolve(shared ? { user_id: Number(whose.value), phone: phone.value } : null);
    };
  });
}

/** Ask whether to pay a bill, as Telegram's own window does. */
export function askPayment({ title, total_amount }) {
  const dialog = byId("pay");
  dialog.querySelector("p").textContent = `${title}: ⭐ ${total_amount}`;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "pay");
  });
}

for (const dialog of document.querySelectorAll("dialog")) {
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
}
