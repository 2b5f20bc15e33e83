// Formats sizes, times and names.

/** A space between a number and its unit at which lines are not broken. */
const SPACE = "\u00a0";

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];
const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat("en");
const time = new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const date = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

/** Formats a size as `12.3 MB`. */
export function bytes(count) {
  let unit = 0;
  let amount = Math.round(count);
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return unit === 0 && count === 1 ? `1${SPACE}byte` : `${number.format(amount)}${SPACE}${UNITS[unit]}`;
}

/** Formats a size as `12,345,678 bytes`. */
export function exactBytes(count) {
  return `${whole.format(count)}${SPACE}${count === 1 ? "byte" : "bytes"}`;
}

/** Formats an estimated duration as `3 min`. */
export function duration(seconds) {
  if (seconds < 60) {
    return `${Math.max(1, Math.ceil(seconds))}${SPACE}s`;
  }
  const minutes = Math.round(seconds / 60);
  const rest = `${minutes % 60}${SPACE}min`;
  return minutes < 60 ? rest : `${Math.floor(minutes / 60)}${SPACE}h${SPACE}${rest}`;
}

/**
 * Returns a name with control characters and marks for the direction of text escaped. Such marks could show `gnp.exe` as
 * `exe.png`.
 */
export function shownName(name) {
  return name.replace(HIDDEN, (mark) => `\\u{${mark.codePointAt(0).toString(16)}}`);
}

const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Formats a number with a noun as `3 files`. */
export function count(amount, noun) {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

/** Formats a time in milliseconds since 1970, with the time of day unless it is in another year. */
export function when(millis) {
  const [then, now] = [new Date(millis), new Date()];
  if (then.toDateString() === now.toDateString()) {
    return `today, ${time.format(then)}`;
  }
  return then.getFullYear() === now.getFullYear() ? `${day.format(then)}, ${time.format(then)}` : date.format(then);
}

/** Returns a percentage from 0 to 99. 100 is shown when B2 has confirmed the whole file. */
export function percent(part, total) {
  return total > 0 ? Math.min(99, Math.floor((part / total) * 100)) : 0;
}
