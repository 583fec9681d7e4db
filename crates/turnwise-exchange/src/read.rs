//! Reading files of any format, one trajectory at a time.

use std::{fs::File, ops::ControlFlow, path::Path};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use zip::ZipArchive;

use crate::{
    Format, Trajectory,
    cut::cut,
    formats::{Words, atif::ATIF, inspect, mini::MINI, openhands::OPENHANDS, sweagent::SWEAGENT, turns},
    source::{self, Fault, LONGEST_RECORD, Meter, Unreadable},
};

/// A trajectory that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What it says.
    pub trajectory: Trajectory,
    /// A hash of the record as it stands in its file, in hex: the same record has the same one.
    pub digest: String,
    /// How many bytes of texts that were too long have been left out.
    pub cut_bytes: u64,
    /// Whether its turns were not numbered 1, 2, 3 … and are now.
    pub renumbered: bool,
}

/// Who is given what is read, and may have enough.
type Give<'a> = &'a mut dyn FnMut(Result<Found, Unreadable>) -> ControlFlow<()>;

/// Reads a file and gives each trajectory in it, or what is wrong with one.
pub fn read(format: Format, path: &Path, meter: &Meter, give: Give<'_>) {
    let place = path.display().to_string();
    let mut reading = Reading { place: &place, stem: stem(format, path), give, stopped: false };
    let done = match format {
        Format::Turns => reading.lines(path, meter, turns::read),
        Format::OpenHands => reading.lines(path, meter, OPENHANDS.read),
        Format::Mini => reading.document(path, meter, &MINI),
        Format::SweAgent => reading.document(path, meter, &SWEAGENT),
        Format::Atif => reading.document(path, meter, &ATIF),
        Format::Inspect if is_archive(path) => reading.archive(path, meter),
        Format::Inspect => reading.log(path, meter),
        Format::Chat => Err(Fault::OnlyWritten { format }),
    };
    if let (Err(fault), false) = (done, reading.stopped) {
        reading.fail("", fault);
    }
}

/// The name of a file without the ending of its format; for ATIF, whose files all have the same name, of the folder.
fn stem(format: Format, path: &Path) -> String {
    let name =
        |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = name(path);
    let bare =
        format.endings().iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(&file).to_owned();
    if format != Format::Atif || bare != "trajectory" {
        return bare;
    }
    let folders = path.ancestors().skip(1).map(name);
    folders.into_iter().find(|folder| !folder.is_empty() && folder != "agent").unwrap_or(bare)
}

fn is_archive(path: &Path) -> bool {
    let mut first = [0; 4];
    let read = File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut first));
    read.is_ok() && first == *b"PK\x03\x04"
}

struct Reading<'a> {
    place: &'a str,
    stem: String,
    give: Give<'a>,
    stopped: bool,
}

impl Reading<'_> {
    fn document(&mut self, path: &Path, meter: &Meter, words: &Words) -> Result<(), Fault> {
        let bytes = source::whole(path, meter)?;
        let doc = parsed(&bytes)?;
        let digest = self.digest(&bytes);
        let stem = self.stem.clone();
        for (index, trajectory) in (words.read)(doc, &stem)?.into_iter().enumerate() {
            let digest = if index == 0 { digest.clone() } else { format!("{digest}.{index}") };
            self.found(trajectory, digest, &stem);
        }
        Ok(())
    }

    fn lines(
        &mut self,
        path: &Path,
        meter: &Meter,
        read: fn(Value, &str) -> Result<Vec<Trajectory>, Fault>,
    ) -> Result<(), Fault> {
        let mut file = source::open(path, meter).map_err(|source| Fault::Io { source })?;
        let mut line = Vec::new();
        for number in 1_u64.. {
            match source::line(&mut *file, &mut line) {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => {
                    self.fail(&format!(":{number}"), fault);
                    break;
                }
            }
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            let stem = format!("{}:{number}", self.stem);
            match parsed(&line).and_then(|doc| read(doc, &stem)) {
                Ok(read) => {
                    let digest = self.digest(&line);
                    read.into_iter().for_each(|trajectory| self.found(trajectory, digest.clone(), &stem));
                }
                Err(fault) => self.fail(&format!(":{number}"), fault),
            }
            if self.stopped {
                break;
            }
        }
        Ok(())
    }

    fn archive(&mut self, path: &Path, meter: &Meter) -> Result<(), Fault> {
        let file = File::open(path).map_err(|source| Fault::Io { source })?;
        let mut archive = ZipArchive::new(file).map_err(|source| Fault::Archive { source })?;
        let header = match entry(&mut archive, "header.json", meter) {
            // A log that was cut off has only its beginning.
            Err(Fault::Archive { .. }) => entry(&mut archive, "_journal/start.json", meter)?,
            read => read?,
        };
        let header = parsed(&header)?;
        let mut names: Vec<String> =
            archive.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
        names.retain(|name| name.starts_with("samples/") && name.ends_with(".json"));
        names.sort();
        for name in names {
            let read = entry(&mut archive, &name, meter).and_then(|bytes| {
                let sample = inspect::read_sample(parsed(&bytes)?, &header)?;
                Ok((sample, self.digest(&bytes)))
            });
            match read {
                Ok((sample, digest)) => self.sample(sample, digest),
                Err(fault) => self.fail(&format!(" {name}"), fault),
            }
            if self.stopped {
                break;
            }
        }
        Ok(())
    }

    fn log(&mut self, path: &Path, meter: &Meter) -> Result<(), Fault> {
        let file = source::open(path, meter).map_err(|source| Fault::Io { source })?;
        let mut json = serde_json::Deserializer::from_reader(file);
        let (mut number, mut stopped) = (0, false);
        let samples = &mut |header: &Value, sample: Value| {
            number += 1;
            let digest = self.digest(sample.to_string().as_bytes());
            match inspect::read_sample(sample, header) {
                Ok(sample) => self.sample(sample, digest),
                Err(fault) => self.fail(&format!(" sample {number}"), fault),
            }
            stopped = self.stopped;
            !stopped
        };
        let read = json.deserialize_map(Log { samples }).and_then(|()| json.end());
        match read {
            Err(source) if !stopped => Err(Fault::Json { source }),
            _ => Ok(()),
        }
    }

    fn sample(&mut self, sample: Trajectory, digest: String) {
        let name = format!("{} {} epoch {}", self.stem, sample.task, sample.seed.unwrap_or(1));
        self.found(sample, digest, &name);
    }

    fn found(&mut self, mut trajectory: Trajectory, digest: String, name: &str) {
        if self.stopped {
            return;
        }
        if trajectory.name.is_empty() {
            trajectory.name = name.to_owned();
        }
        let cut_bytes = cut_all(&mut trajectory);
        let renumbered = trajectory.turns.iter().any(|turn| turn.extra.contains_key("n"));
        self.tell(Ok(Found { trajectory, digest, cut_bytes, renumbered }));
    }

    fn fail(&mut self, part: &str, fault: Fault) {
        self.tell(Err(Unreadable { place: format!("{}{part}", self.place), fault }));
    }

    fn tell(&mut self, what: Result<Found, Unreadable>) {
        self.stopped |= (self.give)(what).is_break();
    }

    /// The name of the file is a part: two tasks may have the same record.
    fn digest(&self, bytes: &[u8]) -> String {
        let mut hash = Sha256::new();
        hash.update(self.stem.as_bytes());
        hash.update([0]);
        hash.update(bytes.trim_ascii_end());
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }
}

fn cut_all(t: &mut Trajectory) -> u64 {
    let mut elided = 0;
    for turn in &mut t.turns {
        elided += cut(&mut turn.observation) + cut(&mut turn.reply) + cut(&mut turn.thought);
        elided += turn.told.iter_mut().map(|message| cut(&mut message.content)).sum::<u64>();
    }
    elided
}

fn parsed(bytes: &[u8]) -> Result<Value, Fault> {
    serde_json::from_slice(bytes).map_err(|source| Fault::Json { source })
}

fn entry(archive: &mut ZipArchive<File>, name: &str, meter: &Meter) -> Result<Vec<u8>, Fault> {
    let entry = archive.by_name(name).map_err(|source| Fault::Archive { source })?;
    meter.add(entry.compressed_size());
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(entry, LONGEST_RECORD + 1), &mut bytes)
        .map_err(|source| Fault::Io { source })?;
    if bytes.len() as u64 > LONGEST_RECORD { Err(Fault::TooLong) } else { Ok(bytes) }
}

/// Inspect's log as one object: its samples come behind what is said of all of them, and are read one at a time.
struct Log<'a> {
    /// Given the header and a sample; `false` when that is enough.
    samples: &'a mut dyn FnMut(&Value, Value) -> bool,
}

impl<'de> Visitor<'de> for Log<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a log of Inspect's")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut header = Value::Object(Map::new());
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "samples" => map.next_value_seed(Samples { header: &header, samples: &mut *self.samples })?,
                "eval" => header["eval"] = map.next_value()?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        match header["eval"].is_object() {
            true => Ok(()),
            false => Err(A::Error::custom("a log of Inspect's has an object `eval`")),
        }
    }
}

struct Samples<'a> {
    header: &'a Value,
    samples: &'a mut dyn FnMut(&Value, Value) -> bool,
}

impl<'de> DeserializeSeed<'de> for Samples<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Samples<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of samples")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(sample) = list.next_element()? {
            if !(self.samples)(self.header, sample) {
                return Err(A::Error::custom("that is enough"));
            }
        }
        Ok(())
    }
}
