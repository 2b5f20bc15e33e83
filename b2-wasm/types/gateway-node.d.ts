/** As much of `http.IncomingMessage` as is used. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly complete: boolean;
  readonly headersDistinct: Fields;
}

/** As much of `http.ServerResponse` as is used. */
export interface NodeResponse {
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
}

interface Fields {
  [name: string]: string[] | undefined;
}

/** A listener for `createServer` of `node:http`, from a function that `createGateway` has made. */
export declare function toNodeListener(
  handler: (request: Request) => Promise<Response>,
): (request: NodeRequest, response: NodeResponse) => void;
