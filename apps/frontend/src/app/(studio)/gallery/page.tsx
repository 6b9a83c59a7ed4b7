import { GalleryScreen } from "../../../features/gallery/index.ts";

export default function Page() {
  return <GalleryScreen />;
}
