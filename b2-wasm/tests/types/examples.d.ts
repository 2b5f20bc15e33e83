// What the examples of the pages expect of the application around them.

declare const keyId: string;
declare const key: string;
declare const secret: string;
declare const user: { id: string };
declare const file: File;
declare const encryptionKey: Uint8Array<ArrayBuffer>;
declare const url: string;
declare const head: Blob;
declare const b2: import("b2-wasm").B2;
declare const bucket: import("b2-wasm").Bucket;
declare const bar: HTMLProgressElement;
declare const pauseButton: HTMLButtonElement;
declare const area: HTMLElement;
declare function currentSession(): Promise<string>;
declare function sessionToken(): Promise<string>;
declare function userOfSession(credential: string | undefined): Promise<{ id: string } | null>;
declare function grantOf(request: Request): Promise<import("b2-wasm/gateway").Grant | null>;
declare function show(name: string, state: string, progress: unknown): void;
declare function offer(item: import("b2-wasm/uploads").UploadItem): void;
declare function save(id: string, ...of: unknown[]): Promise<void>;
declare function showSaveFilePicker(): Promise<FileSystemFileHandle>;
declare const process: { env: Record<string, string>; stdin: AsyncIterable<Uint8Array> };
declare const Deno: { serve(handler: (request: Request) => Promise<Response>): void; env: { get(name: string): string } };

declare module "*.css";
declare module "node:assert";
declare module "node:test";
