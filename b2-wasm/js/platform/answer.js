// What a server answers.

/** A `Response`. The headers are lines of `name:value`. */
export function respond(status, lines, body) {
  const headers = [...lines.matchAll(/([^:]+):([^\n]*)\n/g)].map((line) => line.slice(1));
  // Some answers must not have a body, not even an empty one.
  return new Response(body.length === 0 ? null : body, { status, headers });
}
