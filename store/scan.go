package store

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	"countersign/model"
)

// never stands for a time that does not come (no due date, no end) in columns
// that pages sort by: it sorts last and needs no special case.
const never = math.MaxInt64

// micros is how a time is stored: microseconds since 1970 UTC, 0 for the zero
// time.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// microsOrNull is micros for a column in which a missing time is NULL.
func microsOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// microsOrNever is micros for a column in which a missing time is never.
func microsOrNever(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.UnixMicro()
}

// limitMicros stores a limit as one integer: 0 is permanent, above 0 a length,
// below 0 an absolute end.
func limitMicros(l model.Limit) int64 {
	switch {
	case l.IsPermanent():
		return 0
	case l.Length() > 0:
		return l.Length().Microseconds()
	}
	return -l.End(time.Time{}).UnixMicro()
}

// textOrNull is NULL for an empty text.
func textOrNull[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// idOrNull is NULL for an id that names nothing.
func idOrNull(id int64) any {
	if id == 0 {
		return nil
	}
	return id
}

// bit stores a bool as 0 or 1, the same on both engines.
func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// document stores a value as JSON. The values are this module's own types, which
// always marshal.
func document(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode %T: %w", v, err)
	}
	return string(b), nil
}

// scan is a column's destination: a function that takes the driver's value.
type scan func(src any) error

func mismatch(src any, want string) error {
	return fmt.Errorf("column holds %T, want %s", src, want)
}

// text reads a text; NULL is empty.
func text[T ~string](p *T) scan {
	return func(src any) error {
		switch v := src.(type) {
		case string:
			*p = T(v)
		case nil:
			*p = ""
		default:
			return mismatch(src, "text")
		}
		return nil
	}
}

// number reads an integer; NULL is 0.
func number[T ~int | ~int64](p *T) scan {
	return func(src any) error {
		switch v := src.(type) {
		case int64:
			*p = T(v)
		case nil:
			*p = 0
		default:
			return mismatch(src, "an integer")
		}
		return nil
	}
}

// blob reads bytes; NULL is nil.
func blob(p *[]byte) scan {
	return func(src any) error {
		switch v := src.(type) {
		case []byte:
			*p = v
		case nil:
			*p = nil
		default:
			return mismatch(src, "bytes")
		}
		return nil
	}
}

// boolean reads what bit wrote, and what EXISTS yields on either engine.
func boolean(p *bool) scan {
	return func(src any) error {
		switch v := src.(type) {
		case int64:
			*p = v != 0
		case bool:
			*p = v
		default:
			return mismatch(src, "0 or 1")
		}
		return nil
	}
}

// moment reads a time; NULL, 0 and never are the zero time.
func moment(p *time.Time) scan {
	return func(src any) error {
		switch v := src.(type) {
		case int64:
			*p = timeOf(v)
		case nil:
			*p = time.Time{}
		default:
			return mismatch(src, "a time")
		}
		return nil
	}
}

func timeOf(us int64) time.Time {
	if us == 0 || us == never {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// limit reads what limitMicros wrote.
func limit(p *model.Limit) scan {
	return func(src any) error {
		v, ok := src.(int64)
		switch {
		case !ok:
			return mismatch(src, "a limit")
		case v == 0:
			*p = model.Permanent
		case v > 0:
			*p = model.For(time.Duration(v) * time.Microsecond)
		default:
			*p = model.Until(time.UnixMicro(-v))
		}
		return nil
	}
}

// parsed reads what document wrote.
func parsed(p any) scan {
	return func(src any) error {
		v, ok := src.(string)
		if !ok {
			return mismatch(src, "JSON")
		}
		if err := json.Unmarshal([]byte(v), p); err != nil {
			return fmt.Errorf("decode %T: %w", p, err)
		}
		return nil
	}
}
