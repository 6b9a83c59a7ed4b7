export { clampCount, costOfOne, usualCost } from "./cost.ts";
export { changeDraft, changeValue, forgetDraft, resetValues, reuseRecipe, useDraft, type Draft } from "./draft.ts";
export { countChanged, fieldOfPath, formFields, inputOf, valueOf, type FormField, type Values } from "./form-fields.ts";
export { submitOnce } from "./submit.ts";
export { promptWish, wishPrompt } from "./prompt-wish.ts";
