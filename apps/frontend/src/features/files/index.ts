export { FileField } from "./file-field.tsx";
export { FileListField } from "./file-list-field.tsx";
export { MaskField } from "./mask-field.tsx";
export { useAsReference } from "./use-as-reference.ts";
