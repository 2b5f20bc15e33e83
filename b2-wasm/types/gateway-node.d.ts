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

/** As much of `http.Server` as a host needs; it is one. */
export interface NodeServer {
  listen(port: number, hostname?: string, listening?: () => void): this;
  close(closed?: (error?: Error) => void): this;
  closeAllConnections(): void;
  address(): { address: string; family: string; port: number } | string | null;
}

interface Fields {
  [name: string]: string[] | undefined;
}

/** What a server gives to those who connect to it; times in milliseconds. */
export interface NodeLimits {
  /** How many connections are open at once. More are closed at once. Default: 1,024. */
  connections?: number;
  /**
   * How long a client may take from connecting, or from the last answer, to the last byte of the next head. So it is
   * also how long a connection may be idle. Default: 15 seconds.
   */
  headTime?: number;
  /** The largest head, in bytes. Default: 64 KiB. */
  headSize?: number;
  /** How long a whole body may take. Default: 5 minutes. */
  bodyTime?: number;
  /** How long a client may take to receive an answer. Default: 1 minute. */
  answerTime?: number;
}

/**
 * A server of `node:http` for a function that `createGateway` has made, with limits on clients that are slow or many. A
 * body is not read before the function reads it. Call `listen` on it.
 *
 * @throws {TypeError} if there is no such limit.
 */
export declare function createNodeServer(
  handler: (request: Request) => Promise<Response>,
  limits?: NodeLimits,
): NodeServer;

/**
 * A listener for `createServer` of `node:http` or `node:https`, from a function that `createGateway` has made. The
 * limits of the server are yours to set; of `NodeLimits`, it keeps `answerTime`.
 */
export declare function toNodeListener(
  handler: (request: Request) => Promise<Response>,
  limits?: Pick<NodeLimits, "answerTime">,
): (request: NodeRequest, response: NodeResponse) => void;
