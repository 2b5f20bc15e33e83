import type { Request, Response } from "./platform.js";

/** The properties of `http.IncomingMessage` that are used. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly complete: boolean;
  readonly headersDistinct: Fields;
}

/** The properties of `http.ServerResponse` that are used. */
export interface NodeResponse {
  readonly headersSent: boolean;
  setHeader(name: string, value: string): unknown;
}

/** The methods of `http.Server` that hosts need. The server is an `http.Server`. */
export interface NodeServer {
  listen(port: number, hostname?: string, listening?: () => void): this;
  close(closed?: (error?: Error) => void): this;
  closeAllConnections(): void;
  address(): { address: string; family: string; port: number } | string | null;
}

interface Fields {
  [name: string]: string[] | undefined;
}

/** Limits of a server for its clients. Times are in milliseconds. */
export interface NodeLimits {
  /** The maximum number of open connections. Further connections are closed at once. Default: 1,024. */
  connections?: number;
  /**
   * The maximum time from the connection, or from the last response, to the last byte of the next head. Connections that
   * are idle for longer are closed. Default: 15 seconds.
   */
  headTime?: number;
  /** The maximum size of a head in bytes. Default: 64 KiB. */
  headSize?: number;
  /** The maximum time for a whole body. Default: 5 minutes. */
  bodyTime?: number;
  /** The maximum time in which a client receives a response. Default: 1 minute. */
  answerTime?: number;
}

/**
 * Creates a server of `node:http` for a function that `createGateway` returned, with limits for slow and for many clients. A
 * body is not read before the function reads it. Call `listen` on the server.
 *
 * @throws {TypeError} if a limit is unknown.
 */
export declare function createNodeServer(
  handler: (request: Request) => Promise<Response>,
  limits?: NodeLimits,
): NodeServer;

/**
 * Creates a listener for `createServer` of `node:http` or `node:https` from a function that `createGateway` returned. Of
 * `NodeLimits` it enforces `answerTime`; set the other limits on the server.
 */
export declare function toNodeListener(
  handler: (request: Request) => Promise<Response>,
  limits?: Pick<NodeLimits, "answerTime">,
): (request: NodeRequest, response: NodeResponse) => void;
