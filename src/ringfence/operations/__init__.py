"""The verbs, a file each: the only room that reads the clock and puts objects together."""
