// Package demo makes the world of `countersign demo`: a vault simulator on the
// loopback interface, and a queue that looks as if a company of forty people had
// worked with it for three months.
//
// The rules it keeps:
//
//   - Nothing touches the home folder. The queue lies in a temporary folder that
//     Close removes, or in the one that was named.
//   - What is open when the demo begins went through the verbs of package
//     workflow. What is over is written directly, because some thousand requests
//     would take too long otherwise, in the same words and with the same audit
//     entries; a test holds the two together.
//   - History is played in the order of its times, so that numbers, ids and the
//     audit chain grow with time as they do in earnest.
//   - The same seed gives the same story, told to the moment of the start.
//   - The simulator's vault agrees with the queue: who has access by a request has
//     it there, too.
package demo
