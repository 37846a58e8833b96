// Package plain is the console line by line: for screen readers, and for sessions
// and terminals that cannot place text. It asks the same workflow, and says what
// there is in the same words as the screens, which it takes from casepane and
// evidence.
//
// Rules it keeps:
//
//   - It prints lines, one behind the other: no cursor is moved, nothing is drawn
//     over, nothing is coloured, nothing turns while something is awaited.
//   - Foreign text passes safetext, as everywhere.
//   - Nothing that matters can be typed ahead (DESIGN 6). What decides, orders or
//     ends something is confirmed after everything that it rests on has been
//     printed, in a sentence that holds four digits drawn for that one question.
//     Input that was waiting by then is thrown away. Anything else means no.
//   - A failed write ends the session: what could not be printed was not read.
package plain
