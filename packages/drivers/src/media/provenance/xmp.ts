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

export const saysSourceType = (xmp: string): boolean => xmp.includes("DigitalSourceType");

/** With one more description in a packet that says other things; null where it is not one that can be added to. */
export function withSourceType(xmp: string): string | null {
  const end = xmp.lastIndexOf("</rdf:RDF>");
  return end < 0 ? null : xmp.slice(0, end) + DESCRIPTION + xmp.slice(end);
}
