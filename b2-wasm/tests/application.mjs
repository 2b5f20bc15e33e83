// A web application for the tests. Unlike any other, it accepts the grant that a visitor's credential contains.

/** A public secret, for tests only. */
export const SECRET = "thirty-two bytes, or a few more.";
/** The origin of the application's pages. */
export const ORIGIN = "https://app.example";

/** The gateway of the application, as a function from a request to a response. */
export function application(createGateway, account, origins = []) {
  return createGateway({
    ...account,
    secret: SECRET,
    origins: [ORIGIN, ...origins],
    onerror: () => {},
    async authorize(request, { credential }) {
      if (credential === "broken") {
        throw new Error("the password of the session store is swordfish");
      }
      return credential === "nobody" ? null : JSON.parse(credential);
    },
  });
}
