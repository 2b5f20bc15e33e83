// The global types of platforms. Those that a platform does not declare are `any`, and the errors about them are suppressed:
// `platform.d.ts` replaces them.

// @ts-ignore
export type GlobalAbortSignal = AbortSignal;
// @ts-ignore
export type GlobalBlob = Blob;
// @ts-ignore
export type GlobalDataTransfer = DataTransfer;
// @ts-ignore
export type GlobalDataTransferItem = DataTransferItem;
// @ts-ignore
export type GlobalDataTransferItemList = DataTransferItemList;
// @ts-ignore
export type GlobalEvent = Event;
// @ts-ignore
export type GlobalEventTarget = EventTarget;
// @ts-ignore
export type GlobalFile = File;
// @ts-ignore
export type GlobalFileList = FileList;
// @ts-ignore
export type GlobalFileSystemDirectoryHandle = FileSystemDirectoryHandle;
// @ts-ignore
export type GlobalFileSystemFileHandle = FileSystemFileHandle;
// @ts-ignore
export type GlobalReadableStream<T> = ReadableStream<T>;
// @ts-ignore
export type GlobalRequest = Request;
// @ts-ignore
export type GlobalResponse = Response;
// @ts-ignore
export type GlobalModule = WebAssembly.Module;
// @ts-ignore
export type GlobalURL = URL;
// @ts-ignore
export type GlobalWritableStream<T> = WritableStream<T>;
