// Arguments and options, as applications give them.

import { B2Error } from "./errors.js";
import { describe, wellFormed } from "./text.js";

/** The types of options, as `typeof` names them. */
export const TEXT = "string";
export const FLAG = "boolean";
export const CALLBACK = "function";
export const OBJECT = "object";
/** A whole number that is not negative. */
export const COUNT = "number";
/** Checked elsewhere. */
export const ANY = "";

/** Returns the options of `what`: of these names and types, all of which may be left out, and `signal`. */
export function optionsOf(what, options = {}, types = {}) {
  if (Object(options) !== options) {
    invalid(what, `the options are an object, not ${describe(options)}`);
  }
  const all = { ...types, signal: OBJECT };
  for (const [name, value] of Object.entries(options)) {
    const type = all[name];
    if (type === undefined) {
      invalid(what, `there is no option \`${name}\`, but ${Object.keys(all).join(", ")}`);
    }
    const isRight = type === ANY || value === undefined || (typeof value === type && value !== null
      && (type !== COUNT || (Number.isSafeInteger(value) && value >= 0))
      && (name !== "signal" || value instanceof AbortSignal));
    if (!isRight) {
      const words = type === COUNT ? "whole number" : name === "signal" ? "AbortSignal" : type;
      invalid(what, `\`${name}\` is no ${words}, but ${describe(value)}`);
    }
  }
  return options;
}

/** Returns a text that is an argument; `what` names it in messages. */
export function textOf(what, value) {
  if (typeof value !== "string") {
    invalid(what, `give it as a string, not ${describe(value)}`);
  }
  return wellFormed(value);
}

export function invalid(what, message) {
  throw new B2Error("InvalidInput", `${what}: ${message}`);
}
