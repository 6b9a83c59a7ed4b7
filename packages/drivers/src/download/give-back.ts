/**
 * Ends the life of bytes that have been read. The collector sees how many objects there are rather than how large what they
 * stand for is: by itself it lets some 64 MiB of them come together. Memory that others have a part of is left alone.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) buffer.transfer(0);
}
