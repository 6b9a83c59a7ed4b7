import { expect, test } from "vitest";
import { isPublic, isWithin } from "./addresses.ts";
import { mayConnect, readAllowed } from "./allowed.ts";

test.each([
  ["0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1", "172.31.255.255"],
  ["192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250"],
  ["240.0.0.1", "255.255.255.255", "192.31.196.1", "192.52.193.1", "192.175.48.1", "168.63.129.16", "100.127.255.255"],
  ["::", "::1", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1"],
  ["64:ff9b::808:808", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::"],
  ["3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "2620:4f:8000::1", "fe80::1%eth0"],
  ["", "localhost", "1.2.3", "0x7f000001", "2130706433", "1.2.3.4 "],
])("%s and those beside it are nobody's on the internet", (...addresses) => {
  expect(addresses.filter(isPublic)).toEqual([]);
});

test("addresses of the internet are public, also as IPv6 writes those of IPv4", () => {
  const addresses = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "2606:4700::1111", "2a00::1", "::ffff:8.8.8.8"];
  expect(addresses.filter((address) => !isPublic(address))).toEqual([]);
});

test("what is allowed are networks, addresses and exact hosts; a slip of the pen is said", () => {
  const allowed = readAllowed(["10.0.3.0/24", "127.0.0.1", "[::1]", "fd12:3456::/32", "ComfyUI.internal"]);
  const addresses = ["10.0.3.7", "10.0.4.7", "127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1", "fd12:3456:1::1", "fd12:3457::1"];
  expect(addresses.filter((address) => allowed.address(address))).toEqual(["10.0.3.7", "127.0.0.1", "::1", "::ffff:127.0.0.1", "fd12:3456:1::1"]);
  const hosts = ["comfyui.internal", "a.comfyui.internal", "comfyui.internal.", "internal"];
  expect(hosts.filter((host) => allowed.host(host))).toEqual(["comfyui.internal"]);
  for (const slip of ["0.0.0.0/0", "0.0.0.0/1", "::/0", "10.0.3.0/33", "10.0.3/24", "https://comfyui", "comfyui:8188", "*.internal", "a b", ""]) {
    expect(() => readAllowed([slip]), slip).toThrow(`"${slip}"`);
  }
  expect(isWithin("localhost", [])).toBe(false);
});

test("plain HTTP leads only to what is allowed", () => {
  const allowed = readAllowed(["127.0.0.1", "comfyui"]);
  const way = (hostname: string, plain: boolean) => ({ hostname, plain, allowed });
  expect(mayConnect("8.8.8.8", way("example.com", false))).toBe(true);
  expect(mayConnect("8.8.8.8", way("example.com", true))).toBe(false);
  expect(mayConnect("127.0.0.1", way("example.com", true))).toBe(true);
  expect(mayConnect("10.9.9.9", way("comfyui", true))).toBe(true);
  expect(mayConnect("10.9.9.9", way("example.com", false))).toBe(false);
});
