/** IPTC's word for "made by a trained model", as XMP. Source: IPTC Photo Metadata Standard, Digital Source Type NewsCodes. */
const SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia";
const DESCRIPTION = `<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType="${SOURCE_TYPE}"/>`;

export const sourceTypePacket: string = [
  '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>',
  '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
  `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">${DESCRIPTION}</rdf:RDF>`,
  "</x:xmpmeta>",
  '<?xpacket end="w"?>',
].join("");

/** Whether it says that a model made all or a part of it; null where it says nothing of how it came to be. */
export const saysMade = (xmp: string): boolean | null => (xmp.includes("DigitalSourceType") ? /algorithmicMedia|compositeSynthetic/i.test(xmp) : null);

/** With one more description in a packet that says other things; null where it is not one that can be added to. */
export function withSourceType(xmp: string): string | null {
  const end = xmp.lastIndexOf("</rdf:RDF>");
  return end < 0 ? null : xmp.slice(0, end) + DESCRIPTION + xmp.slice(end);
}
