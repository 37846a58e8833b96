package seal

import "encoding/binary"

// What is encrypted is
//
//	4 bytes   "csa1"
//	1 byte    length of the request's name, then the name
//	1 byte    length of the field's name, then the name
//	4 bytes   length of the plaintext, big endian, then the plaintext
//	          zero bytes up to a multiple of padTo
const (
	magic = "csa1"
	padTo = 256
)

// pack writes the binding and the plaintext into one slice that never grows.
func pack(b Binding, plaintext []byte) []byte {
	n := len(magic) + 1 + len(b.Request) + 1 + len(b.Field) + 4 + len(plaintext)
	packed := make([]byte, 0, (n+padTo-1)/padTo*padTo)
	packed = append(packed, magic...)
	packed = append(packed, byte(len(b.Request)))
	packed = append(packed, b.Request...)
	packed = append(packed, byte(len(b.Field)))
	packed = append(packed, b.Field...)
	packed = binary.BigEndian.AppendUint32(packed, uint32(len(plaintext))) // #nosec G115 -- a field holds far less
	packed = append(packed, plaintext...)
	return packed[:cap(packed)]
}

// unpack returns what pack was given; the plaintext is a part of packed. Anything
// that pack cannot have written is ErrDamaged.
func unpack(packed []byte) (Binding, []byte, error) {
	rest := packed
	take := func(n int) ([]byte, bool) {
		if n > len(rest) {
			return nil, false
		}
		part := rest[:n:n]
		rest = rest[n:]
		return part, true
	}
	name := func() (string, bool) {
		length, ok := take(1)
		if !ok {
			return "", false
		}
		s, ok := take(int(length[0]))
		return string(s), ok
	}

	if start, ok := take(len(magic)); !ok || string(start) != magic {
		return Binding{}, nil, ErrDamaged
	}
	var b Binding
	var ok bool
	if b.Request, ok = name(); !ok {
		return Binding{}, nil, ErrDamaged
	}
	if b.Field, ok = name(); !ok {
		return Binding{}, nil, ErrDamaged
	}
	length, ok := take(4)
	if !ok {
		return Binding{}, nil, ErrDamaged
	}
	size := binary.BigEndian.Uint32(length)
	if size > MaxPlaintext {
		return Binding{}, nil, ErrDamaged
	}
	plaintext, ok := take(int(size))
	if !ok || len(rest) >= padTo || len(packed)%padTo != 0 || !zero(rest) {
		return Binding{}, nil, ErrDamaged
	}
	return b, plaintext, nil
}

func zero(b []byte) bool {
	for _, one := range b {
		if one != 0 {
			return false
		}
	}
	return true
}
