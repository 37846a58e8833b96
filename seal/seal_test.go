package seal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"filippo.io/age"
	"pgregory.net/rapid"
)

const canary = "canary-77b0e9"

func generate(t testing.TB) Identity {
	t.Helper()
	id, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func sealed(t testing.TB, to Identity, b Binding, text string) []byte {
	t.Helper()
	s, err := Seal([]Recipient{to.Recipient()}, b, []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// raw encrypts bytes as age does, without the form that Seal gives them.
func raw(t testing.TB, to Identity, content []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to.Recipient().key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	ids := []Identity{generate(t), generate(t), generate(t)}
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.StringN(1, -1, 255)
		b := Binding{part.Draw(t, "request"), part.Draw(t, "field")}
		plaintext := rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "plaintext")
		n := rapid.IntRange(1, len(ids)).Draw(t, "recipients")
		var to []Recipient
		for _, id := range ids[:n] {
			to = append(to, id.Recipient())
		}
		kept := bytes.Clone(plaintext)
		s, err := Seal(to, b, plaintext)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(plaintext, kept) {
			t.Fatal("Seal changed the plaintext")
		}
		for i, id := range ids {
			got, err := Open([]Identity{id}, b, s)
			if i >= n {
				if !errors.Is(err, ErrWrongIdentity) || got != nil {
					t.Fatalf("identity %d of %d opens it: %v", i, n, err)
				}
				continue
			}
			if err != nil || !bytes.Equal(got, plaintext) {
				t.Fatalf("Open = %x, %v, want %x", got, err, plaintext)
			}
		}
		if got, err := Open(ids, b, s); err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("with all identities: %x, %v", got, err)
		}
		if again, err := Seal(to, b, plaintext); err != nil || bytes.Equal(again, s) {
			t.Fatalf("sealing twice gives the same (%v)", err)
		}
	})
}

func TestSwappedRowsAreRefused(t *testing.T) {
	t.Parallel()
	id := generate(t)
	b := Binding{"REQ0010001", "password"}
	s := sealed(t, id, b, canary)
	for _, tt := range []struct {
		name  string
		other Binding
	}{
		{"another request", Binding{"REQ0010002", "password"}},
		{"another field", Binding{"REQ0010001", "passphrase"}},
		{"the two exchanged", Binding{"password", "REQ0010001"}},
		{"the border between the two moved", Binding{"REQ0010001p", "assword"}},
		{"another case", Binding{"req0010001", "password"}},
		{"nothing", Binding{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Open([]Identity{id}, tt.other, s)
			if !errors.Is(err, ErrSwapped) || got != nil {
				t.Errorf("Open = %q, %v, want ErrSwapped", got, err)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error holds the plaintext: %v", err)
			}
		})
	}
}

func TestWhatIsNotSealedHereIsDamaged(t *testing.T) {
	t.Parallel()
	id := generate(t)
	b := Binding{"R", "F"}
	padded := func(content string) []byte {
		p := make([]byte, padTo)
		copy(p, content)
		return p
	}
	length := func(n uint32) string { return string(binary.BigEndian.AppendUint32(nil, n)) }
	dirty := padded("csa1\x01R\x01F" + length(1) + "x")
	dirty[padTo-1] = 1
	for _, tt := range []struct {
		name    string
		content []byte
	}{
		{"nothing", nil},
		{"plain text", []byte(canary)},
		{"another format", padded("csa2\x01R\x01F" + length(1) + "x")},
		{"cut in the request", []byte("csa1\xffR")},
		{"cut before the field", []byte("csa1\x01R")},
		{"cut in the field", []byte("csa1\x01R\x09F")},
		{"cut in the length", []byte("csa1\x01R\x01F\x00\x00")},
		{"more announced than there is", padded("csa1\x01R\x01F" + length(300) + "x")},
		{"more announced than is allowed", padded("csa1\x01R\x01F" + length(1<<32-1) + "x")},
		{"no padding", []byte("csa1\x01R\x01F" + length(1) + "x")},
		{"too much padding", append(padded("csa1\x01R\x01F"+length(1)+"x"), make([]byte, padTo)...)},
		{"something in the padding", dirty},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := Open([]Identity{id}, b, raw(t, id, tt.content))
			if !errors.Is(err, ErrDamaged) || got != nil {
				t.Errorf("Open = %q, %v, want ErrDamaged", got, err)
			}
		})
	}
	if got, err := Open([]Identity{id}, b, raw(t, id, padded("csa1\x01R\x01F"+length(1)+"x"))); err != nil || string(got) != "x" {
		t.Errorf("the form that the others break: %q, %v", got, err)
	}
}

// TestEveryCutAndEveryFlippedByteIsFound walks all of a sealed value.
func TestEveryCutAndEveryFlippedByteIsFound(t *testing.T) {
	t.Parallel()
	id := generate(t)
	b := Binding{"REQ0010001", "password"}
	s := sealed(t, id, b, canary)
	try := func(what string, at int, changed []byte) {
		got, err := Open([]Identity{id}, b, changed)
		if got != nil || !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrWrongIdentity) {
			t.Fatalf("%s at %d: %q, %v", what, at, got, err)
		}
		if strings.Contains(err.Error(), canary) {
			t.Fatalf("%s at %d: the error holds the plaintext: %v", what, at, err)
		}
	}
	for i := range s {
		try("cut", i, s[:i])
		changed := bytes.Clone(s)
		changed[i] ^= 1
		try("flipped", i, changed)
	}
	try("lengthened", len(s), append(bytes.Clone(s), 0))
}

func TestSizes(t *testing.T) {
	t.Parallel()
	id := generate(t)
	b := Binding{strings.Repeat("r", 255), strings.Repeat("f", 255)}
	to := make([]Recipient, maxKeys)
	for i := range to {
		to[i] = id.Recipient()
	}
	most := bytes.Repeat([]byte{7}, MaxPlaintext)
	s, err := Seal(to, b, most)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Open([]Identity{id}, b, s); err != nil || !bytes.Equal(got, most) {
		t.Errorf("the most that fits does not come back: %v", err)
	}
	if _, err := Seal(to, b, append(most, 7)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte more: %v", err)
	}
	if _, err := Open([]Identity{id}, b, make([]byte, MaxPlaintext+maxOverhead+1)); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too much to open: %v", err)
	}
	// A bomb: age without our form, larger than anything that Seal makes.
	if _, err := Open([]Identity{id}, b, raw(t, id, make([]byte, MaxPlaintext+4096))); !errors.Is(err, ErrDamaged) {
		t.Errorf("too much inside: %v", err)
	}
}

func TestLengthIsHidden(t *testing.T) {
	t.Parallel()
	id := generate(t)
	b := Binding{"REQ0010001", "password"}
	short, long := sealed(t, id, b, ""), sealed(t, id, b, strings.Repeat("x", 200))
	if len(short) != len(long) {
		t.Errorf("0 and 200 bytes are sealed to %d and %d", len(short), len(long))
	}
}

func TestWhatCannotBeSealed(t *testing.T) {
	t.Parallel()
	good := []Recipient{generate(t).Recipient()}
	for _, tt := range []struct {
		name string
		to   []Recipient
		b    Binding
		want error // nil: any
	}{
		{"no recipient", nil, Binding{"R", "F"}, ErrKey},
		{"an empty recipient", []Recipient{{}}, Binding{"R", "F"}, ErrKey},
		{"too many recipients", make([]Recipient, maxKeys+1), Binding{"R", "F"}, ErrKey},
		{"no request", good, Binding{"", "F"}, nil},
		{"no field", good, Binding{"R", ""}, nil},
		{"a name that is too long", good, Binding{"R", strings.Repeat("f", 256)}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, err := Seal(tt.to, tt.b, []byte(canary))
			if err == nil || s != nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("Seal = %d bytes, %v", len(s), err)
			}
			if err != nil && strings.Contains(err.Error(), canary) {
				t.Errorf("the error holds the plaintext: %v", err)
			}
		})
	}
	for name, ids := range map[string][]Identity{"none": nil, "empty": {{}}} {
		if _, err := Open(ids, Binding{"R", "F"}, nil); !errors.Is(err, ErrKey) {
			t.Errorf("%s identity: %v", name, err)
		}
	}
}

func TestResealForAConsole(t *testing.T) {
	t.Parallel()
	worker := generate(t)
	b := Binding{"REQ0010001", "link"}
	s := sealed(t, worker, b, canary)
	mine, err := NewEphemeral()
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewEphemeral()
	if err != nil {
		t.Fatal(err)
	}
	to, err := ParseRecipient(mine.Recipient())
	if err != nil {
		t.Fatal(err)
	}
	again, err := Reseal([]Identity{worker}, []Recipient{to}, b, s)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := mine.Open(b, again); err != nil || string(got) != canary {
		t.Errorf("the console reads %q, %v", got, err)
	}
	if _, err := mine.Open(Binding{"REQ0010002", "link"}, again); !errors.Is(err, ErrSwapped) {
		t.Errorf("for another request: %v", err)
	}
	if _, err := other.Open(b, again); !errors.Is(err, ErrWrongIdentity) {
		t.Errorf("another console: %v", err)
	}
	if _, err := Open([]Identity{worker}, b, again); !errors.Is(err, ErrWrongIdentity) {
		t.Errorf("the worker, after resealing: %v", err)
	}
	if _, err := Reseal([]Identity{worker}, []Recipient{to}, Binding{"REQ0010002", "link"}, s); !errors.Is(err, ErrSwapped) {
		t.Errorf("resealing a swapped row: %v", err)
	}
	if _, err := Reseal([]Identity{worker}, nil, b, s); !errors.Is(err, ErrKey) {
		t.Errorf("resealing to nobody: %v", err)
	}
}

func TestCommitment(t *testing.T) {
	t.Parallel()
	const ofABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := Commitment([]byte("abc")); got != ofABC {
		t.Errorf("Commitment = %s, want %s", got, ofABC)
	}
	id := generate(t)
	b := Binding{"R", "F"}
	first, second := sealed(t, id, b, canary), sealed(t, id, b, canary)
	if Commitment(first) == Commitment(second) {
		t.Error("the commitment tells that two secrets are the same")
	}
}

func TestWipe(t *testing.T) {
	t.Parallel()
	b := []byte(canary)
	Wipe(b)
	if !bytes.Equal(b, make([]byte, len(canary))) {
		t.Errorf("left: %q", b)
	}
	Wipe(nil)
}

// FuzzOpen looks for sealed values that crash Open, or that open although nobody
// sealed them with this binding.
func FuzzOpen(f *testing.F) {
	id := generate(f)
	b := Binding{"REQ0010001", "password"}
	good := sealed(f, id, b, canary)
	f.Add(good)
	f.Add(good[:len(good)/2])
	f.Add([]byte("age-encryption.org/v1\n-> X25519 \n\n---\n"))
	f.Fuzz(func(t *testing.T, s []byte) {
		got, err := Open([]Identity{id}, b, s)
		if bytes.Equal(s, good) {
			return
		}
		if err == nil {
			t.Errorf("opens: %q", got)
		}
	})
}

// FuzzUnpack looks for content that crashes unpack or that pack would not write.
func FuzzUnpack(f *testing.F) {
	f.Add(pack(Binding{"R", "F"}, []byte(canary)))
	f.Add([]byte("csa1\xff\xff"))
	f.Fuzz(func(t *testing.T, packed []byte) {
		b, plaintext, err := unpack(packed)
		if err != nil {
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("err = %v, want ErrDamaged", err)
			}
			return
		}
		if !bytes.Equal(pack(b, plaintext), packed) {
			t.Errorf("%v and %q are packed otherwise", b, plaintext)
		}
	})
}
