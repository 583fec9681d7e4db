//! The command from outside, and what holds for the whole tree.
//!
//! again: runs cut off and gone on with · attempts: trials with several · arrows: who may depend on whom · asides: what is asked aside · choice: policies that choose · claims: what
//! recorded runs say about the literature · compare: the main job, show, query · context: what models are shown · cost:
//! prices and limits · device: where models compute · docs: every command that is shown · grade: hidden tests on recorded
//! work · instances: SWE-bench's files · learn: probes, thresholds and progress from runs · mistakes: bad input · place: a folder to run in · profiles: ways of writing commands · replay: deciding again ·
//! reply_cache: replies computed once · serve: models behind the protocol of the OpenAI API · tidy: how files look · trade:
//! other tools' trajectories · web: tasks on pages
#![expect(clippy::unwrap_used, reason = "a test that cannot even be set up should say where")]

mod again;
mod arrows;
mod asides;
mod attempts;
mod choice;
mod claims;
mod compare;
mod context;
mod cost;
mod device;
mod docs;
mod grade;
mod instances;
mod learn;
mod mistakes;
mod place;
mod profiles;
mod replay;
mod reply_cache;
mod serve;
mod speed;
mod tidy;
mod trade;
mod web;
