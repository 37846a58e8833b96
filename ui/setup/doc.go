// Package setup draws the guided form of `countersign setup`: a page of questions
// after the other, and what was found after each.
//
// What is asked, how it is checked and what is done with the answers is given by a
// Script. The same script is asked line by line where there is no terminal to draw
// on, so nothing here may be the only way to anything.
package setup
