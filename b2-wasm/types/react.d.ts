import type { UploadItem, Uploads, UploadsProgress } from "./uploads.js";

/** The state of an upload at one time. It is the same object until something changes, so it can be a property of a `memo`. */
export interface UploadSnapshot
  extends Readonly<Pick<
    UploadItem,
    "id" | "name" | "size" | "state" | "progress" | "rate" | "secondsLeft" | "retry" | "error" | "version"
  >> {
  /** The upload, to pause, resume or cancel it. */
  readonly item: UploadItem;
}

/**
 * Returns the uploads of a list, in the order in which they were added. The component renders again when one is added or removed,
 * and not for progress.
 *
 * The list belongs to the application, since uploads continue while no component shows them: create it once, outside of
 * components. On a server there is none: pass `undefined`, for which there are no uploads.
 */
export declare function useUploads(uploads: Uploads | undefined): readonly UploadItem[];

/** Returns the total progress of a list. The component renders again about ten times a second while something is uploaded. */
export declare function useUploadsProgress(uploads: Uploads | undefined): UploadsProgress;

/**
 * Returns the state of an upload. The component renders again when the state changes, and about ten times a second for
 * progress; other uploads do not matter.
 */
export declare function useUpload(item: UploadItem): UploadSnapshot;
