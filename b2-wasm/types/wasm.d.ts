import type { ImportedModule } from "./platform.js";

declare const module: ImportedModule;
export default module;
