// The types of the platform by which the package is used: those of `lib.dom`, of `@types/node` or of
// `@cloudflare/workers-types`. A type that the program does not declare has the properties that are needed here.

import type {
  GlobalAbortSignal, GlobalBlob, GlobalDataTransfer, GlobalDataTransferItem, GlobalDataTransferItemList, GlobalEvent,
  GlobalEventTarget, GlobalFile, GlobalFileList, GlobalFileSystemDirectoryHandle, GlobalFileSystemFileHandle, GlobalModule,
  GlobalReadableStream, GlobalRequest, GlobalResponse, GlobalURL, GlobalWritableStream,
} from "./globals.js";

/** The first type, or the second one if the first is `any`, as is the type of an unknown name. */
type Known<Type, Otherwise> = [0] extends [1 & Type] ? Otherwise : Type;

export type AbortSignal = Known<GlobalAbortSignal, {
  readonly aborted: boolean;
  readonly reason: any;
  throwIfAborted(): void;
}>;

export type ReadableStream<T> = Known<GlobalReadableStream<T>, {
  readonly locked: boolean;
  cancel(reason?: unknown): Promise<void>;
  getReader(): {
    read(): Promise<{ done: false; value: T } | { done: true; value?: T | undefined }>;
    cancel(reason?: unknown): Promise<void>;
    releaseLock(): void;
  };
}>;

export type WritableStream<T> = Known<GlobalWritableStream<T>, {
  readonly locked: boolean;
  abort(reason?: unknown): Promise<void>;
  close(): Promise<void>;
  getWriter(): {
    write(chunk: T): Promise<void>;
    close(): Promise<void>;
    abort(reason?: unknown): Promise<void>;
    releaseLock(): void;
  };
}>;

interface OtherBlob {
  readonly size: number;
  readonly type: string;
  arrayBuffer(): Promise<ArrayBuffer>;
  slice(start?: number, end?: number, contentType?: string): OtherBlob;
  stream(): ReadableStream<Uint8Array<ArrayBuffer>>;
  text(): Promise<string>;
}

export type Blob = Known<GlobalBlob, OtherBlob>;

export type File = Known<GlobalFile, Blob & { readonly name: string; readonly lastModified: number }>;

export type Event = Known<GlobalEvent, { readonly type: string; readonly defaultPrevented: boolean; preventDefault(): void }>;

/** A listener for events. */
export type Listener = ((event: Event) => void) | { handleEvent(event: Event): void };

/** The options of a listener that is removed. */
export interface ListenerOptions {
  capture?: boolean;
}

/** The options of a listener that is added. */
export interface AddedListenerOptions extends ListenerOptions {
  once?: boolean;
  passive?: boolean;
  signal?: AbortSignal;
}

interface OtherEventTarget {
  addEventListener(type: string, listener: Listener | null, options?: boolean | AddedListenerOptions): void;
  removeEventListener(type: string, listener: Listener | null, options?: boolean | ListenerOptions): void;
  dispatchEvent(event: Event): boolean;
}

export type EventTarget = Known<GlobalEventTarget, OtherEventTarget>;
export declare const EventTarget: { readonly prototype: EventTarget; new (): EventTarget };

export type FileSystemFileHandle = Known<GlobalFileSystemFileHandle, {
  readonly kind: "file";
  readonly name: string;
  getFile(): Promise<File>;
}>;

export type FileSystemDirectoryHandle = Known<GlobalFileSystemDirectoryHandle, {
  readonly kind: "directory";
  readonly name: string;
  getFileHandle(name: string, options?: { create?: boolean }): Promise<FileSystemFileHandle>;
}>;

export type FileList = Known<GlobalFileList, Iterable<File> & { readonly length: number }>;
export type DataTransferItem = Known<GlobalDataTransferItem, { readonly kind: string; getAsFile(): File | null }>;
export type DataTransferItemList = Known<GlobalDataTransferItemList, Iterable<DataTransferItem> & { readonly length: number }>;
export type DataTransfer = Known<GlobalDataTransfer, { readonly items: DataTransferItemList; readonly files: FileList }>;

interface OtherHeaders {
  get(name: string): string | null;
  has(name: string): boolean;
}

export type Request = Known<GlobalRequest, {
  readonly method: string;
  readonly url: string;
  readonly headers: OtherHeaders;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  readonly signal: AbortSignal;
}>;

export type Response = Known<GlobalResponse, {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: OtherHeaders;
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  arrayBuffer(): Promise<ArrayBuffer>;
  text(): Promise<string>;
}>;

type Module = Known<GlobalModule, {}>;
export type URL = Known<GlobalURL, { readonly href: string }>;

/** A WebAssembly module: its URL, its bytes, a response with it, or the compiled module. */
export type ModuleSource = string | URL | ArrayBuffer | ArrayBufferView<ArrayBuffer> | Response | Module;

/** What a program imports from a `.wasm` file: the compiled module in Workers, and otherwise its URL. */
export type ImportedModule = string & Module;
