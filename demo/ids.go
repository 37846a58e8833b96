package demo

import (
	"encoding/base32"
	"fmt"
	"strings"

	"countersign/model"
)

// correlation, planID and serviceID make the ids of a tale from the seed, in the
// form of the real ones.
func (s *stage) correlation() model.CorrelationID { return model.CorrelationID(s.word()) }

func (s *stage) planID() string { return s.word() }

func (s *stage) word() string {
	return strings.ToLower(base32.StdEncoding.EncodeToString(s.bytes(10))[:13])
}

// serviceID is a UUID, as the service names requests (PROTOCOL 9).
func (s *stage) serviceID() string {
	b := s.bytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func (s *stage) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.random.Uint32())
	}
	return b
}
