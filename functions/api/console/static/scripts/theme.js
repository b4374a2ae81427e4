/** Light, dark, or as the system has it. */

const NAME = "darkroom.theme";
const THEMES = ["system", "light", "dark"];

export function applyTheme() {
  document.documentElement.dataset.theme = theme();
}

/** The next of the three, kept for this device. */
export function nextTheme() {
  const next = THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length];
  localStorage.setItem(NAME, next);
  applyTheme();
  return next;
}

export function theme() {
  const kept = localStorage.getItem(NAME) ?? "";
  return THEMES.includes(kept) ? kept : "system";
}
