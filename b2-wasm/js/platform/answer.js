// What a server answers.

/** A `Response`. The headers are names and values in turn, a line each. */
export function respond(status, lines, body) {
  const words = lines.split("\n");
  const headers = new Headers();
  for (let i = 0; i + 1 < words.length; i += 2) {
    headers.append(words[i], words[i + 1]);
  }
  // Some answers must not have a body, not even an empty one.
  return new Response(body.length === 0 ? null : body, { status, headers });
}
