// A web application for the tests: it believes whatever grant a visitor's credential says. No other one may.

/** Known to everybody, unlike that of any other application. */
export const SECRET = "thirty-two bytes, or a few more.";
/** The origin of the application's pages, besides those that are given. */
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
