package model_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"countersign/model"
)

const anEdKey = "AAAAC3NzaC1lZDI1NTE5AAAAIJm3Ks+k1QH1qLZ8gk8yK3cV2n5mJZ0pV0J9mYpVtq1k"

func TestPublicKeysAreReadAsOpenSSHWritesThem(t *testing.T) {
	t.Parallel()
	wire := func(kind string, rest int) string {
		return base64.StdEncoding.EncodeToString(append([]byte{0, 0, 0, byte(len(kind))}, append([]byte(kind), make([]byte, rest)...)...))
	}
	for _, tt := range []struct{ name, line, want, err string }{
		{name: "with a note", line: "ssh-ed25519 " + anEdKey + " dana@laptop", want: "ssh-ed25519 " + anEdKey + " dana@laptop"},
		{name: "without one", line: "ssh-ed25519 " + anEdKey, want: "ssh-ed25519 " + anEdKey},
		{name: "with blanks", line: "  ssh-ed25519\t" + anEdKey + "   my   key ", want: "ssh-ed25519 " + anEdKey + " my key"},
		{name: "of a token", line: "sk-ssh-ed25519@openssh.com " + wire("sk-ssh-ed25519@openssh.com", 40), want: "sk-ssh-ed25519@openssh.com " + wire("sk-ssh-ed25519@openssh.com", 40)},
		{name: "RSA of 2048 bits", line: "ssh-rsa " + wire("ssh-rsa", 268), want: "ssh-rsa " + wire("ssh-rsa", 268)},
		{name: "RSA of 1024 bits", line: "ssh-rsa " + wire("ssh-rsa", 140), err: "too short"},
		{name: "DSA", line: "ssh-dss " + wire("ssh-dss", 400), err: "no kind of key"},
		{name: "a certificate", line: "ssh-ed25519-cert-v01@openssh.com " + anEdKey, err: "this is a certificate"},
		{name: "options", line: `command="id" ssh-ed25519 ` + anEdKey, err: "without options"},
		{name: "a private key", line: "-----BEGIN OPENSSH PRIVATE KEY-----", err: "private key"},
		{name: "two lines", line: "ssh-ed25519 " + anEdKey + "\nssh-ed25519 " + anEdKey, err: "one key at a time"},
		{name: "half a key", line: "ssh-ed25519 " + anEdKey[:20], err: "damaged"},
		{name: "another kind inside", line: "ecdsa-sha2-nistp256 " + anEdKey, err: "damaged"},
		{name: "a length that leads out of it", line: "ssh-ed25519 /////w==", err: "damaged"},
		{name: "nothing", line: "", err: "not a public key"},
	} {
		k, err := model.ParsePublicKey(tt.line)
		switch {
		case tt.err == "" && (err != nil || k.String() != tt.want || k.Line() != strings.Join(strings.Fields(tt.want)[:2], " ")):
			t.Errorf("%s: %q, %v", tt.name, k, err)
		case tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)):
			t.Errorf("%s: %v, want %q", tt.name, err, tt.err)
		}
	}
}

func TestAFingerprintIsThatOfSSHKeygen(t *testing.T) {
	t.Parallel()
	k, err := model.ParsePublicKey("ssh-ed25519 " + anEdKey + " x")
	if err != nil {
		t.Fatal(err)
	}
	if want := "SHA256:UrACvQ6D0gXk8ORYqIQ4kCQgu8CgxoWdu1yxmTg/AQg"; k.Fingerprint() != want {
		t.Errorf("got %s, want %s", k.Fingerprint(), want)
	}
}

func FuzzAPublicKeyIsTheSameWhenItIsReadAgain(f *testing.F) {
	f.Add("ssh-ed25519 " + anEdKey + " a note")
	f.Add("ssh-rsa AAAA")
	f.Fuzz(func(t *testing.T, line string) {
		k, err := model.ParsePublicKey(line)
		if err != nil {
			return
		}
		again, err := model.ParsePublicKey(k.String())
		if err != nil || again != k || !strings.HasPrefix(k.Fingerprint(), "SHA256:") {
			t.Errorf("%q becomes %q, %v", line, again, err)
		}
	})
}
