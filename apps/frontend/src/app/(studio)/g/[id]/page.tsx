import { GalleryScreen } from "../../../../features/gallery/index.ts";

/** The large view lies above every page; a link straight to a picture has the gallery underneath. */
export default function Page() {
  return <GalleryScreen />;
}
