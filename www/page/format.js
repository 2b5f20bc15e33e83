// Numbers for people.

const UNITS = ["bytes", "kB", "MB", "GB", "TB"];
const number = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });
const date = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** `12.3 MB` */
export function bytes(count) {
  let unit = 0;
  let amount = count;
  while (amount >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return unit === 0 && count === 1 ? "1 byte" : `${number.format(amount)} ${UNITS[unit]}`;
}

/** `3 min`, for a time that nobody knows to the second. */
export function duration(seconds) {
  if (seconds < 60) {
    return `${Math.max(1, Math.ceil(seconds))} s`;
  }
  const minutes = Math.round(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `3 files` */
export function count(amount, noun) {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}

/** A time in milliseconds since 1970. */
export function when(millis) {
  return date.format(millis);
}

/** How much of it B2 has, from 0 to 100: 100 only when it is done. */
export function percent(part, total) {
  return total > 0 ? Math.min(99, Math.floor((part / total) * 100)) : 0;
}
