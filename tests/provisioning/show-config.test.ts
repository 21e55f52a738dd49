import { describe, expect, it } from 'vitest';
import { decodeConfig, maskLines, splitLines } from '../../src/provisioning/show-config.js';

describe('a config to look at', () => {
  it('is read as UTF-8 where it is that, else as Latin-1', () => {
    expect(decodeConfig(Buffer.from('Zürich'))).toBe('Zürich');
    expect(decodeConfig(Buffer.from('Zürich', 'latin1'))).toBe('Zürich');
    expect(decodeConfig(Buffer.from([0xc3, 0x28]))).toBe('Ã(');
  });

  it('is split behind each end of a line, and only there', () => {
    expect(splitLines('')).toEqual([]);
    expect(splitLines('a\r\n\nb\u2028c\r')).toEqual(['a\r\n', '\n', 'b\u2028c\r']);
    expect(splitLines('a\n')).toEqual(['a\n']);
  });

  it('has its secrets masked line by line, those of several lines too, and as many lines as before', () => {
    const text = `hostname leaf1
enable secret sha512 $6$salt$hash\r
snmp-server community hush ro
-----BEGIN RSA PRIVATE KEY-----
MIIEpAIBAAKCAQEA
c2VjcmV0
-----END RSA PRIVATE KEY-----
username admin privilege 15 secret 5 $1$salt$hash`;
    expect(maskLines(splitLines(text)).join('')).toBe(`hostname leaf1
enable secret sha512 ***\r
snmp-server community *** ro
-----BEGIN RSA PRIVATE KEY-----
***
***
-----END RSA PRIVATE KEY-----
username admin privilege 15 secret 5 ***`);
  });
});
