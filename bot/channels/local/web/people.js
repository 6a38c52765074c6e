// Names, faces and languages of the people at the desk.

const HAN = /\p{Script=Han}/u;
export const LANGUAGES = {
  en: "English", "zh-hans": "简体中文", "zh-hant": "繁體中文", es: "Español", ar: "العربية",
  fr: "Français", hi: "हिन्दी", id: "Indonesia", pt: "Português", ru: "Русский", sw: "Kiswahili",
  ur: "اردو", vi: "Tiếng Việt",
};

/** Family name first and no space where that is the custom. */
export function displayName({ first_name, last_name = "" }) {
  return HAN.test(first_name + last_name) ? last_name + first_name : `${first_name} ${last_name}`.trim();
}

/** Give an avatar its letter and its colour; golden-angle steps keep neighbours apart. */
export function face(node, id, name) {
  node.textContent = [...name][0] ?? "?";
  node.style.setProperty("--hue", hue(id));
  node.setAttribute("aria-hidden", "true");
  return node;
}

export const hue = (id) => Math.round(((id ?? 0) * 137.508 + 20) % 360);

/** `zh-hans` as HTML wants it, so that the right shapes of characters are chosen. */
export function script(code) {
  return new Intl.Locale(code).toString();
}
