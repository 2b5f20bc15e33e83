// Formats sizes, times and names.

import { language, t } from "./strings.js";

/** A space between a number and its unit at which lines are not broken. */
const SPACE = "\u00a0";

const UNITS = ["byte", "kB", "MB", "GB", "TB"];
const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 });
const whole = new Intl.NumberFormat(language);
const time = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
const date = new Intl.DateTimeFormat(language, { dateStyle: "medium" });

/** Formats a size as `12.3 MB`. */
export function bytes(count) {
  let unit = 0;
  let amount = Math.round(count);
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return unit === 0
    ? t("byteCount", { count: amount, amount: number.format(amount) })
    : `${number.format(amount)}${SPACE}${UNITS[unit]}`;
}

/** Formats a size as `12,345,678 bytes`. */
export function exactBytes(count) {
  return t("byteCount", { count, amount: whole.format(count) });
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
 * Returns a name with control characters, invisible characters and marks for the direction of text escaped. Such marks could
 * show `gnp.exe` as `exe.png`. Those that join letters and emoji stay.
 */
export function shownName(name) {
  return name.replace(HIDDEN, (mark) => `\\u{${mark.codePointAt(0).toString(16)}}`);
}

const HIDDEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

/** Formats a time in milliseconds since 1970, with the time of day unless it is in another year. */
export function when(millis) {
  const [then, now] = [new Date(millis), new Date()];
  if (then.toDateString() === now.toDateString()) {
    return t("today", { time: time.format(then) });
  }
  return then.getFullYear() === now.getFullYear()
    ? t("dayAndTime", { day: day.format(then), time: time.format(then) })
    : date.format(then);
}

/** Returns a percentage from 0 to 99. 100 is shown when B2 has confirmed the whole file. */
export function percent(part, total) {
  return total > 0 ? Math.min(99, Math.floor((part / total) * 100)) : 0;
}
