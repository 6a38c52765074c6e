// The page's own few words, in the reader's language. What people and the bot write is never touched.

const all = await (await fetch("/web/words.json")).json();
export const locale = navigator.languages.find((code) => all[code.slice(0, 2)]) ?? "en";
const words = all[locale.slice(0, 2)];

export const word = (key) => words[key] ?? key;

/** Fill in every data-text and data-label below a node. */
export function translate(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = word(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) {
    const label = word(node.dataset.label);
    node.setAttribute("aria-label", label);
    if (node.matches("button")) node.title = label;
    if (node.matches("textarea")) node.placeholder = label;
  }
}

const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const calendar = new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", year: "numeric" });

export const time = (seconds) => clock.format(seconds * 1000);

export function day(seconds) {
  const name = calendar.format(seconds * 1000);
  if (name === calendar.format(Date.now())) return word("today");
  return name === calendar.format(Date.now() - 864e5) ? word("yesterday") : name;
}

export function size(bytes) {
  const unit = bytes < 1024 ? "byte" : bytes < 2 ** 20 ? "kilobyte" : "megabyte";
  const value = bytes / { byte: 1, kilobyte: 1024, megabyte: 2 ** 20 }[unit];
  const style = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 };
  return new Intl.NumberFormat(locale, style).format(value);
}
